import Testing

/// A change that makes good data bad, and what the check then says.
struct BadData: Sendable, CustomTestStringConvertible {
    let check: String
    /// Statements that are run on the days of `addGoodDays()`.
    let change: String
    /// Settings other than those of the header.
    let settings: [String: Double]
    /// Rows as PostgreSQL writes a record.
    let rows: [String]

    var testDescription: String { check }

    init(
        _ check: String, _ change: String, settings: [String: Double] = [:], rows: [String]
    ) {
        (self.check, self.change, self.settings, self.rows) = (check, change, settings, rows)
    }

    /// Every check of the engine at least once.
    static let all = [
        BadData(
            "interactions_are_there",
            "delete from source.interactions",
            rows: [
                "(source.interactions,\"no interaction was known before the date\",1)"
            ]),
        BadData(
            "interactions_are_there",
            """
            delete from source.interactions where known_at < '2024-03-29 00:00+00';
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            values (1, 10, 3, '2024-03-01 00:00+00', 9, '2024-03-29 00:00+00', 1)
            """,
            rows: [
                "(source.interactions,\"no interaction was known before the date\",1)"
            ]),
        BadData(
            "items_are_there",
            "delete from source.item_versions",
            rows: [
                "(source.items,\"no available item was known before the date\",1)"
            ]),
        BadData(
            "items_are_there",
            "update source.item_versions set is_available = false",
            rows: [
                "(source.items,\"no available item was known before the date\",1)"
            ]),
        BadData(
            "items_are_there",
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, attributes, content_hash, import_id)
            select v.item_id, m.known_at, 'post', m.is_available, '{}', 0, 1
            from source.item_versions as v
            cross join (values (timestamptz '2024-03-28 13:00+00', false), ('2024-03-29 00:00+00', true))
                as m (known_at, is_available)
            """,
            rows: [
                "(source.items,\"no available item was known before the date\",1)"
            ]),
        BadData(
            "publication_is_not_later",
            """
            insert into serving.publications
                (run_id, as_of_date, model_id, weights_version, status, published_at)
            values (1, '2024-03-30', 1, 1, 'published', '2024-03-30');
            insert into serving.pointer (publication_id, flipped_at)
            select publication_id, '2024-03-30' from serving.publications
            """,
            rows: [
                "(2024-03-30,\"a publication as of a later date is current\",1)"
            ]),
        BadData(
            "positives_are_there",
            "delete from source.interactions where action_id in (2, 3)",
            rows: [
                "(source.interactions,\"no positive event was known before the date\",1)"
            ]),
        BadData(
            "positives_are_there",
            "update source.actions set action_name = 'love' where action_id = 3",
            rows: [
                "(like,\"no such action in source.actions\",1)"
            ]),
        BadData(
            "positives_are_there",
            "update source.actions set label_weight = 0 where action_id in (2, 3)",
            rows: [
                "(click,\"its label weight is not above 0\",1)",
                "(like,\"its label weight is not above 0\",1)",
            ]),
        BadData(
            "columns_are_as_expected",
            """
            set role none;
            alter table source.interactions drop column value;
            alter table source.creators alter column known_at type text;
            set role vitrine_job
            """,
            rows: [
                "(source.creators.known_at,\"the column is text instead of timestamp with time zone\",1)",
                "(source.interactions.value,\"the column is missing\",1)",
            ]),
        BadData(
            "inputs_are_there",
            "update source.user_versions set attributes = attributes - 'city'",
            rows: [
                "(\"user attribute city\",\"no user has the attribute\",1)"
            ]),
        BadData(
            "inputs_are_there",
            "update source.user_versions set attributes = attributes || '{\"age\": \"young\"}'",
            rows: [
                "(\"user attribute age\",\"no user has a number there\",1)"
            ]),
        BadData(
            "attributes_keep_their_type",
            """
            update source.user_versions
            set attributes = attributes || '{"age": "20"}'
            where user_id > 250
            """,
            rows: [
                "(age,\"is string, which it was not before\",10)"
            ]),
        BadData(
            "attributes_are_filled",
            """
            update source.user_versions
            set attributes = attributes - 'age'
            where user_id > 200
            """,
            rows: [
                "(\"user attribute age\",\"100.0 % are empty, where 0.0 % were\",60)"
            ]),
        BadData(
            "attributes_are_filled",
            "update source.item_versions set creator_id = null, tags = '{}' where item_id > 130",
            rows: [
                "(\"item creator_id\",\"50.0 % are empty, where 0.0 % were\",30)",
                "(\"item tags\",\"50.0 % are empty, where 0.0 % were\",30)",
            ]),
        BadData(
            "event_fields_are_filled",
            """
            update source.interactions
            set surface = null
            where known_at >= '2024-03-28 00:00+00' and action_id = 1
            """,
            rows: [
                "(\"impression surface\",\"100.0 % are empty, where 0.0 % are usual\",160)"
            ]),
        BadData(
            "event_fields_are_filled",
            """
            update source.interactions
            set value = null
            where known_at >= '2024-03-28 00:00+00'
                and user_id % 2 = 0
            """,
            rows: [
                "(\"watch value\",\"50.0 % are empty, where 0.0 % are usual\",80)"
            ]),
        BadData(
            "values_keep_their_scale",
            """
            update source.interactions
            set value = value * 100
            where known_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(watch,\"the mean value is 3500, where 34.5 is usual\",160)"
            ]),
        BadData(
            "counters_move",
            """
            update source.interactions
            set value = 7
            where known_at >= '2024-03-28 00:00+00' and action_id = 9
            """,
            rows: [
                "(\"value of watch\",\"is one and the same over the day\",160)"
            ]),
        BadData(
            "counters_move",
            """
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            select user_id, '2024-03-28 13:00+00', attributes || '{"age": 0}', 1, 2
            from source.user_versions where user_id <= 60
            """,
            rows: [
                "(\"user attribute age\",\"is one and the same for all whose profile changed, which it was not before\",60)"
            ]),
        BadData(
            "moments_are_plausible",
            """
            select source.ensure_interaction_partitions('1970-01-01', '1970-01-31');
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            values (1, 10, 3, '1970-01-20 00:00+00', 9, '2024-03-28 00:00+00', 1)
            """,
            rows: [
                "(1970-01-20,\"interactions before all that can be\",1)"
            ]),
        BadData(
            "moments_are_plausible",
            """
            update source.user_versions set created_at = '1970-01-20 00:00+00' where user_id = 3;
            update source.item_versions set created_at = '56012-01-01 00:00+00' where item_id in (10, 11)
            """,
            rows: [
                "(source.items,\"created_at is too early or too late\",2)",
                "(source.users,\"created_at is too early or too late\",1)",
            ]),
        BadData(
            "interactions_are_fresh",
            "delete from source.interactions where occurred_at >= '2024-03-27 00:00+00'",
            rows: [
                "(2024-03-28,\"0 interactions of that day are known, where 416 are usual\",1)",
                "(2024-03-27,\"0 interactions of that day are known, where 416 are usual\",1)",
            ]),
        BadData(
            "interactions_are_fresh",
            """
            delete from source.interactions where occurred_at >= '2024-03-28 00:00+00';
            select source.ensure_interaction_partitions('2023-12-01', '2023-12-31');
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select user_id, item_id, action_id, occurred_at - interval '90 days', 9, '2024-03-28 10:00+00', 2
            from source.interactions where occurred_at >= '2024-03-01 00:00+00'
            """,
            rows: [
                "(2024-03-28,\"0 interactions of that day are known, where 416 are usual\",1)"
            ]),
        BadData(
            "interactions_are_fresh",
            """
            delete from source.interactions
            where occurred_at >= '2024-03-24 00:00+00'
                and occurred_at < '2024-03-25 00:00+00'
            """,
            rows: [
                "(2024-03-24,\"0 interactions of that day are known, where 416 are usual\",1)"
            ]),
        BadData(
            "interactions_are_fresh",
            """
            delete from source.interactions;
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            values (1, 10, 3, '2024-02-20 00:00+00', 9, '2024-02-20 00:00+00', 1)
            """,
            rows: [
                "(source.interactions,\"the newest interaction became known on 2024-02-20\",37)"
            ]),
        BadData(
            "daily_volume_is_usual",
            "delete from source.interactions where occurred_at >= '2024-03-28 00:00+00'",
            rows: [
                "(2024-03-28,\"0 interactions, where 416 are usual\",416)"
            ]),
        BadData(
            "daily_volume_is_usual",
            """
            delete from source.interactions
            where occurred_at >= '2024-03-28 00:00+00'
                and user_id > 20
            """,
            rows: [
                "(2024-03-28,\"208 interactions, where 416 are usual\",208)"
            ]),
        BadData(
            "daily_volume_is_usual",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select user_id, item_id, action_id, occurred_at + interval '1 minute', 9, known_at + interval '1 minute', 1
            from source.interactions where occurred_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(2024-03-28,\"832 interactions, where 416 are usual\",416)"
            ]),
        BadData(
            "days_are_not_doubled",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select user_id, item_id, action_id, occurred_at + interval '24 hours', 9, known_at + interval '24 hours', 1
            from source.interactions
            where occurred_at >= '2024-03-27 00:00+00' and occurred_at < '2024-03-28 00:00+00'
            """,
            rows: [
                "(2024-03-28,\"events repeat those of the day before\",416)"
            ]),
        BadData(
            "days_are_not_doubled",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select user_id, item_id, action_id, occurred_at, 9, known_at, 1
            from source.interactions where occurred_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(2024-03-28,\"events are alike but for value, surface, position or request\",416)"
            ]),
        BadData(
            "duplicates_are_few",
            """
            update source.interactions
            set repeat_count = 3
            where known_at >= '2024-03-25 00:00+00'
                and known_at < '2024-03-26 00:00+00'
                and user_id < 6
            """,
            rows: [
                "(2024-03-25,\"rows that stood more than once\",104)"
            ]),
        BadData(
            "interactions_are_of_known_items",
            "delete from source.item_versions where item_id in (10, 11)",
            rows: [
                "(10,\"item is not in source.items\",178)",
                "(11,\"item is not in source.items\",112)",
            ]),
        BadData(
            "interactions_are_of_known_users",
            "delete from source.user_versions where user_id = 2",
            rows: [
                "(2,\"user is not in source.users\",72)"
            ]),
        BadData(
            "watch_times_are_plausible",
            """
            update source.interactions
            set value = case user_id when 1 then -1 else 86401 end
            where action_id = 9
                and user_id <= 2 and position = 1 and known_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(18,\"watch time below 0 or above what is possible\",1)",
                "(19,\"watch time below 0 or above what is possible\",1)",
            ]),
        BadData(
            "clocks_agree",
            """
            update source.imports set finished_at = '2024-03-28 12:00+00'
            where source_name = 'a'
            """,
            rows: [
                "(\"import 1\",\"interactions that happened after their import had ended\",186)"
            ]),
        BadData(
            "late_arrivals_are_few",
            """
            update source.interactions
            set known_at = '2024-03-28 10:00+00'
            where occurred_at >= '2024-03-26 00:00+00'
                and occurred_at < '2024-03-27 00:00+00'
                and user_id <= 20
            """,
            rows: [
                "(2024-03-28,\"33.3 % became known later than a log usually comes\",208)"
            ]),
        BadData(
            "actions_follow_impressions",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 7, i, a.action_id, a.occurred_at, 9, '2024-03-28 10:10+00', 1
            from generate_series(30, 32) as i
            cross join (values (2, timestamptz '2024-03-28 10:00+00'), (1, '2024-03-28 10:01+00'))
                as a (action_id, occurred_at)
            """,
            rows: [
                "(\"user 7, item 30\",\"acted before the first impression\",1)",
                "(\"user 7, item 31\",\"acted before the first impression\",1)",
                "(\"user 7, item 32\",\"acted before the first impression\",1)",
            ]),
        BadData(
            "labels_are_balanced",
            """
            delete from source.interactions
            where action_id = 2 and known_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(click,\"0.0000 for each exposure, where 0.5000 are usual\",80)"
            ]),
        BadData(
            "labels_are_balanced",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select user_id, item_id, 3, occurred_at + interval '40 seconds', 9, known_at, 1
            from source.interactions where action_id = 1 and known_at >= '2024-03-28 00:00+00'
            """,
            rows: [
                "(like,\"1.1000 for each exposure, where 0.1000 are usual\",160)"
            ]),
        BadData(
            "users_are_people",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 9, 10 + k % 20, 2, '2024-03-28 10:00:30+00', k, '2024-03-28 10:01+00', 1
            from generate_series(1, 121) as k
            """,
            rows: [
                "(\"user 9\",\"acts within a minute\",131)"
            ]),
        BadData(
            "users_are_people",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 9, 10 + k % 20, 1, timestamptz '2024-03-28 10:00+00' + make_interval(secs => k / 50), k,
                '2024-03-28 11:00+00', 1
            from generate_series(1, 20001) as k
            """,
            rows: [
                "(\"user 9\",\"events in a day\",20011)",
                "(\"user 9\",\"impressions within a minute\",20011)",
            ]),
        BadData(
            "users_are_people",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, value, known_at, import_id)
            select 9, 10 + k, 9, '2024-03-28 10:00+00', 9, 30000, '2024-03-28 11:00+00', 1
            from generate_series(1, 3) as k
            """,
            rows: [
                "(\"user 9\",\"seconds watched in a day\",13)"
            ]),
        BadData(
            "users_are_people",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 9, 10 + k % 20, 1, timestamptz '2024-03-28 10:00+00' + make_interval(mins => k), k,
                '2024-03-28 12:00+00', 1
            from generate_series(1, 40) as k
            """,
            settings: ["smallest_users": 40],
            rows: [
                "(\"user 9\",\"share of all events of the day\",50)"
            ]),
        BadData(
            "imports_are_clean",
            "update source.imports set rejected_count = 11 where source_name = 'a'",
            rows: [
                "(1,\"import refused too many of its records\",11)"
            ]),
        BadData(
            "imports_are_clean",
            """
            update source.imports
            set status = 'failed', rejected_count = 0
            where source_name = 'a'
            """,
            rows: [
                "(1,\"import failed\",1)"
            ]),
        BadData(
            "imports_are_clean",
            """
            update source.imports
            set status = 'running', finished_at = null
            where source_name = 'a'
            """,
            rows: [
                "(1,\"import did not end\",10)"
            ]),
        BadData(
            "labels_are_balanced",
            """
            delete from source.interactions
            where action_id = 2 and known_at >= '2024-03-23 00:00+00'
            """,
            rows: [
                "(click,\"0.0000 for each exposure, where 0.5000 are usual\",80)"
            ]),
        BadData(
            "values_keep_their_scale",
            """
            update source.interactions
            set value = value / 100
            where known_at >= '2024-03-23 00:00+00'
            """,
            rows: [
                "(watch,\"the mean value is 0.35, where 34.312443 is usual\",160)"
            ]),
        BadData(
            "event_fields_are_filled",
            """
            update source.interactions set position = null
            where known_at >= '2024-03-23 00:00+00'
            """,
            rows: [
                "(\"impression position\",\"100.0 % are empty, where 0.0 % are usual\",160)",
                "(\"watch position\",\"100.0 % are empty, where 0.0 % are usual\",160)",
            ]),
        BadData(
            "counters_move",
            """
            update source.interactions
            set value = 0
            where known_at >= '2024-03-23 00:00+00' and action_id = 9
            """,
            rows: [
                "(\"value of watch\",\"is one and the same over the day\",160)"
            ]),
    ]
}
