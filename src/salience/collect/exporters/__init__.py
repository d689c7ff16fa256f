"""What is in the log goes out as it came in: JSON lines whole, CSV, TSV and Parquet as flat tables."""
