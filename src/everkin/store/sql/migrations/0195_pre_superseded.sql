-- What a newer stretch superseded is found without a look at every row of the bond; few rows are in this index.
CREATE INDEX passages_superseded ON passages (user_id, bond_id, successor) WHERE successor >= 0;
