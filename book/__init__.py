"""What only this course needs: its look, its data, and what it adds to Sphinx."""
