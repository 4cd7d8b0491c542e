"""Try the rules on a file of your own: nothing is installed, nobody is asked, nothing is written."""
