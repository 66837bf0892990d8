"""A process of the hub from start to stop: what it loads, how it serves, whether its clock leapt."""
