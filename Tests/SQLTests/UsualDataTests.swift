import Testing

/// What is no fault, each time near one: the check says nothing.
@Suite struct UsualDataTests {
    static let usual: [(check: String, change: String)] = [
        (
            "interactions_are_fresh",
            """
            delete from source.interactions
            where extract(isodow from occurred_at at time zone 'UTC') = 4
            """
        ),
        (
            "interactions_are_fresh",
            "update source.interactions set known_at = known_at + interval '1 day'"
        ),
        (
            "interactions_are_fresh",
            "delete from source.interactions where occurred_at < '2024-03-27 00:00+00'"
        ),
        (
            "daily_volume_is_usual",
            """
            delete from source.interactions
            where occurred_at >= '2024-03-28 00:00+00'
                and user_id > 24
            """
        ),
        (
            "daily_volume_is_usual",
            """
            delete from source.interactions
            where known_at between '2024-02-28 00:00+00' and '2024-03-20 00:00+00'
            """
        ),
        (
            "daily_volume_is_usual",
            """
            delete from source.interactions
            where occurred_at >= '2024-03-21 00:00+00'
                and occurred_at < '2024-03-22 00:00+00'
                and user_id > 20;
            delete from source.interactions
            where occurred_at >= '2024-03-28 00:00+00'
                and user_id > 14
            """
        ),
        (
            "imports_are_clean",
            """
            update source.imports
            set status = 'running', finished_at = null, started_at = clock_timestamp()
            where source_name = 'a'
            """
        ),
        (
            "items_are_there",
            """
            insert into source.item_versions
                (item_id, known_at, kind, attributes, content_hash, import_id)
            select item_id, '2024-04-01 00:00+00', 'post', '{}', 0, 1 from source.item_versions
            """
        ),
        (
            "duplicates_are_few",
            """
            update source.interactions
            set repeat_count = 3
            where known_at >= '2024-03-25 00:00+00'
                and known_at < '2024-03-26 00:00+00'
                and user_id = 1 and action_id = 1
            """
        ),
        (
            "attributes_are_filled",
            """
            update source.user_versions
            set attributes = attributes - 'age'
            where user_id between 1 and 14 or user_id > 254
            """
        ),
        (
            "attributes_keep_their_type",
            """
            update source.user_versions
            set attributes = attributes || '{"age": null}'
            where user_id > 200
            """
        ),
        (
            "event_fields_are_filled",
            """
            update source.interactions
            set surface = null
            where extract(isodow from occurred_at at time zone 'UTC') = 4
            """
        ),
        (
            "values_keep_their_scale",
            """
            update source.interactions
            set value = value * 2
            where known_at >= '2024-03-28 00:00+00'
            """
        ),
        (
            "counters_move",
            "update source.interactions set value = 7 where action_id = 9"
        ),
        (
            "labels_are_balanced",
            """
            delete from source.interactions
            where action_id = 2 and known_at >= '2024-03-28 00:00+00'
                and user_id % 3 = 0
            """
        ),
        (
            "late_arrivals_are_few",
            """
            update source.interactions
            set known_at = '2024-03-28 10:00+00'
            where occurred_at >= '2024-03-26 00:00+00'
                and occurred_at < '2024-03-27 00:00+00'
                and user_id = 2
            """
        ),
        (
            "actions_follow_impressions",
            """
            delete from source.interactions
            where action_id = 1 and known_at >= '2024-03-28 00:00+00'
                and user_id = 7
            """
        ),
        (
            "clocks_agree",
            """
            update source.imports set finished_at = '2024-03-28 23:00+00'
            where source_name = 'a'
            """
        ),
        (
            "actions_follow_impressions",
            """
            update source.interactions
            set occurred_at = occurred_at + interval '1 minute'
            where action_id = 1
                and user_id = 7 and known_at >= '2024-03-28 00:00+00'
            """
        ),
        (
            "actions_follow_impressions",
            """
            update source.interactions
            set occurred_at = occurred_at + interval '14 seconds'
            where action_id = 1 and known_at >= '2024-03-28 00:00+00'
            """
        ),
        (
            "moments_are_plausible",
            """
            update source.user_versions
            set created_at = '1985-01-20 00:00+00'
            where user_id = 3;
            update source.item_versions
            set created_at = '2024-06-01 00:00+00'
            where item_id in (10, 11)
            """
        ),
        (
            "users_are_people",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 9, 10 + k % 20, 1, '2024-03-28 10:00:30+00', k, '2024-03-28 10:01+00', 1
            from generate_series(1, 200) as k
            """
        ),
        (
            "days_are_not_doubled",
            "delete from source.interactions where occurred_at >= '2024-03-28 00:00+00'"
        ),
        (
            "watch_times_are_plausible",
            """
            update source.interactions
            set value = 90000
            where action_id = 9
                and known_at < '2024-03-20 00:00+00'
            """
        ),
        (
            "interactions_are_of_known_users",
            "delete from source.user_versions where user_id > 40"
        ),
        (
            "attributes_are_filled",
            """
            update source.user_versions set attributes = attributes - 'age' where user_id > 200;
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            select user_id, '2024-03-28 13:00+00', attributes || '{"age": 30}', 1, 2
            from source.user_versions where user_id > 200
            """
        ),
        (
            "attributes_keep_their_type",
            """
            update source.user_versions set attributes = attributes || '{"age": "20"}' where user_id > 200;
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            select user_id, '2024-03-28 13:00+00', attributes || '{"age": 30}', 1, 2
            from source.user_versions where user_id > 200
            """
        ),
        (
            "attributes_are_filled",
            """
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            select 1000 + n, timestamptz '2024-03-28 12:00+00' - make_interval(days => n % 30), '{}', 0, 2
            from generate_series(0, 299) as n
            """
        ),
        (
            "counters_move",
            """
            update source.user_versions
            set attributes = attributes || '{"age": 0}'
            where user_id > 200
            """
        ),
    ]

    @Test(arguments: usual) func `a check bears what is usual`(
        check: String, change: String
    ) throws {
        try SQLDatabase.with { database throws in
            try database.addGoodDays()
            try database.execute(change)
            #expect(try database.violations(of: check) == [])
        }
    }
}
