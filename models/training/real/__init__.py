"""Labels on real pictures: human ground truth, completed by a pose teacher."""
