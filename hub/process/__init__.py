"""A process of the hub from start to stop: what it loads, how it serves, what it logs, whether its clock leapt."""
