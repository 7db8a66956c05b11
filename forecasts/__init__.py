"""Forecasts: a forecasting site that a group runs for itself."""
