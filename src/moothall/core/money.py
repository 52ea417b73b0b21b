"""Money as whole hundredths of a currency, and how it is written on a page."""

from __future__ import annotations

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def written(hundredths: int, currency: str, *, pence: bool = True) -> str:
    """As people write it: £1,234.50; without pence £1,235 (half a pound rounds up)."""
    sign = SIGNS.get(currency, f"{currency} ")
    minus, amount = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    if pence:
        return f"{minus}{sign}{amount // 100:,}.{amount % 100:02}"
    return f"{minus}{sign}{(amount + 50) // 100:,}"
