"""Roman numerals."""

SYMBOLS = [(1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'),
           (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]


def roman(number):
    """The numeral of a positive integer."""
    if number < 1:
        raise ValueError(f'{number} has no numeral')
    text = ''
    for value, symbol in SYMBOLS:
        while number >= value:
            text += symbol
            number -= value
    return text
