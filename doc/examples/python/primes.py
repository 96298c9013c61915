"""Prime numbers."""


def is_prime(number):
    """Has it no divisors but itself and one?"""
    if number < 2:
        return False
    return all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def primes_up_to(limit):
    """A list of them, the least first."""
    return [number for number in range(limit + 1) if is_prime(number)]
