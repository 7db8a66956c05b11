"""The rules and formulas: plain values and arrays in, the same out."""
