-- Vectors of items from encoders outside: of images, of video, of text.

create table source.item_contents (
    item_id bigint not null,
    modality text not null,
    encoder text not null,
    known_at timestamptz not null default clock_timestamp(),
    vector real[] not null,
    constraint item_contents_have_a_key primary key (modality, encoder, item_id, known_at),
    constraint content_names_are_words
        check (modality ~ '^[^/[:space:]]+$' and encoder ~ '^[^[:space:]]+$'),
    constraint content_vector_is_one_row_of_numbers
        check (
            cardinality(vector) > 0 and array_ndims(vector) = 1
            and array_position(vector, null) is null),
    constraint content_vector_is_finite
        check (
            array_position(vector, 'NaN'::real) is null
            and array_position(vector, 'Infinity'::real) is null
            and array_position(vector, '-Infinity'::real) is null)
);
comment on table source.item_contents is 'Vectors of items from encoders outside, by modality and encoder; written with insert or copy. A job names those its towers read.';
comment on column source.item_contents.item_id is 'Identifier of the item.';
comment on column source.item_contents.modality is 'What was encoded: image, video, text, audio, …';
comment on column source.item_contents.encoder is 'What encoded it, with its version: vectors of two encoders cannot be mixed.';
comment on column source.item_contents.known_at is 'Since when this was known; a newer vector is a new row.';
comment on column source.item_contents.vector is 'The vector, of any length but the same for all items of an encoder; the towers scale it to length 1.';
