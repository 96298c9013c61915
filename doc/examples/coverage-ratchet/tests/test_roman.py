import unittest

from roman import roman


class RomanTest(unittest.TestCase):
    def test_numerals(self):
        for number, text in ((1, 'I'), (4, 'IV'), (1994, 'MCMXCIV'), (2026, 'MMXXVI')):
            with self.subTest(number=number):
                self.assertEqual(roman(number), text)

    def test_there_is_no_zero(self):
        with self.assertRaises(ValueError):
            roman(0)
