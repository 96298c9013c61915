"""Tests of primes."""

import pytest

from primes import is_prime, primes_up_to


@pytest.mark.parametrize('number', [2, 3, 5, 97])
def test_primes(number):
    """Some that are."""
    assert is_prime(number)


@pytest.mark.parametrize('number', [-7, 0, 1, 4, 91])
def test_others(number):
    """Some that aren't."""
    assert not is_prime(number)


def test_list():
    """The first of them."""
    assert primes_up_to(11) == [2, 3, 5, 7, 11]
