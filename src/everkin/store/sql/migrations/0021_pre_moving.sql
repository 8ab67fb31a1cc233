-- Which embedder the cell's vectors are on their way to, while `everkin reembed` is at work or was cut off.
ALTER TABLE cell ADD COLUMN moving_to text, ADD COLUMN moving_dimensions int;
