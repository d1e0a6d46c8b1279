-- What the ranker says of a candidate counts as far as the user goes for it: a term of its own.
insert into serving.weights (weights_version, term_name, weight, reason) values
    (3, 'affinity', 1, 'The retrieval model leads.'),
    (3, 'engagement', 5, 'What pleases once it is shown counts as far as it is sought.'),
    (3, 'popularity', 0.05, 'Breaks near ties towards what many liked lately.'),
    (3, 'freshness', 0.02, 'A small push for what is new.'),
    (3, 'like', 0.1, 'A push for what is rare and says more than a view.'),
    (3, 'comment', 0.1, 'As a like.'),
    (3, 'forward', 0.1, 'As a like.'),
    (3, 'follow', 0.1, 'As a like.'),
    (3, 'hide', -0.5, 'One who hides an item minds more than one who likes it cares.');
comment on column serving.weights.term_name is 'affinity, popularity, freshness, a task of the ranker, or engagement (affinity times the probability of a positive action once shown): what a publication has no term for counts nothing.';
