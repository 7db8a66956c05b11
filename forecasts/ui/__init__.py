"""The pages: the only place that knows Streamlit."""
