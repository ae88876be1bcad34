"""Designs for papers: the stages as a figure and as a LaTeX table. Values and text, without torch and without Qt."""
