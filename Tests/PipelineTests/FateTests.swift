import Postgres
import PostgresTestSupport
import Testing

/// Every way in which a candidate can end happens, and `serving.why_not` tells it.
@Suite struct FateTests {
    /// What is known before the run: flags, regions and languages of items, and who hid what.
    private static let before = """
        insert into source.item_versions (item_id, known_at, creator_id, kind, created_at, language,
            tags, attributes, content_hash, import_id)
        select i.item_id, '2024-03-24 00:00+00', i.creator_id, i.kind,
            coalesce(c.created_at::timestamptz, i.created_at), c.language, coalesce(c.tags, i.tags),
            coalesce(c.attributes, i.attributes), 0, 1
        from source.items as i
        inner join (values
            (505, null, null, null, '{"policy_flags": ["violating"]}'::jsonb),
            (507, '2024-04-10 00:00+00', null, null, null),
            (508, null, null, null, '{"blocked_regions": ["AT"]}'),
            (509, null, 'fr', null, null),
            (513, null, null, '{rare}'::text[], null), (514, null, null, '{rare}', null),
            (515, null, null, '{rare}', null), (516, null, null, '{rare}', null)
        ) as c (item_id, created_at, language, tags, attributes) on c.item_id = i.item_id;

        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
        values (10015, '2024-03-24 00:00+00', '{"region": "AT"}', 0, 1),
            (10022, '2024-03-24 00:00+00', '{"language": "de"}', 0, 1);

        insert into source.interactions
            (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
        select h.user_id, h.item_id, a.action_id, h.hidden_at, h.item_id, h.hidden_at, 1
        from (values
            (10036, 511, '2024-03-24 01:00+00'::timestamptz),
            -- Of one creator, long ago and lately; and of three with a tag in common.
            (10078, 517, '2024-03-20 01:00+00'), (10078, 525, '2024-03-20 02:00+00'),
            (10064, 517, '2024-03-24 01:00+00'), (10064, 525, '2024-03-24 01:00+00'),
            (10043, 513, '2024-03-24 01:00+00'), (10043, 514, '2024-03-24 01:00+00'),
            (10043, 515, '2024-03-24 01:00+00')
        ) as h (user_id, item_id, hidden_at)
        inner join source.actions as a on a.action_name = 'hide';

        insert into serving.rules (rule_name, rule_version, is_enabled, parameters, reason) values
            ('creator_cap', 2, true, '{"limit": 3}', 'test'),
            ('epsilon_exploration', 2, true, '{"epsilon": 1,
                "slots": {"places": [2], "sources": [], "pool_size": 20, "seed": 1}}', 'test');

        -- What the filter forgives, the rule hide_memory remembers.
        update serving.filters set parameters = '{"hide_days": 2}' where filter_name = 'hidden_creator';
        """

    /// What happens between the steps retrieve and rank.
    private static let meanwhile = """
        insert into source.item_versions (item_id, known_at, creator_id, kind, created_at,
            is_available, tags, attributes, content_hash, import_id)
        select i.item_id, '2024-03-25 02:00+00', i.creator_id, i.kind, i.created_at, false, i.tags,
            i.attributes, 1, 1
        from source.items as i
        where i.item_id = 510;

        update serving.candidate_lists
        set item_ids = item_ids || 9999::bigint, scores = scores || 0::real
        where user_id = 10071 and source_id = 1;
        """

    /// What happened to whom for a reason of its own.
    private static let causes: [(reason: String, user: Int64, item: Int64)] = [
        ("policy", 10_008, 505), ("suppressed", 10_078, 533), ("not_yet_public", 10_008, 507),
        ("region", 10_015, 508), ("language", 10_022, 509), ("removed", 11_674, 510),
        ("hidden_item", 10_036, 511), ("hidden_creator", 10_064, 533),
        ("hidden_tag", 10_043, 516), ("unknown_item", 10_071, 9_999),
    ]

    @Test func `every fate has its cause and is told`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.script(Self.before)
            try Nightly().run(on: uri, before: "rank")
            try connection.script(Self.meanwhile)
            try Nightly().run(on: uri)
            for (reason, user, item) in Self.causes {
                let told = try connection.query(
                    "select reason from serving.why_not(\(user), \(item)) where reason <> 'duplicate'",
                    as: String.self)
                #expect(told == [reason])
            }
            let unaffected = try connection.query(
                """
                select w.reason from serving.why_not(10008, 508) as w
                union select w.reason from serving.why_not(10008, 509) as w
                """, as: String.self)
            #expect(!unaffected.contains("region") && !unaffected.contains("language"))
            // The others come about by themselves: what each is told for holds.
            let broken = try connection.query(
                """
                with ended as (
                    select l.user_id, l.source_id, c.item_id, c.place, e.reason
                    from serving.candidate_lists as l
                    inner join serving.candidate_fates as f
                        on f.user_id = l.user_id and f.source_id = l.source_id
                    cross join lateral unnest(l.item_ids, f.fate_ids) with ordinality
                        as c (item_id, fate_id, place)
                    inner join serving.fates as e on e.fate_id = c.fate_id
                )
                select e.reason, count(*), count(*) filter (where not case e.reason
                    when 'duplicate' then exists (
                        select from ended as o
                        where o.user_id = e.user_id and o.item_id = e.item_id
                            and o.source_id <> e.source_id and o.reason <> 'duplicate')
                    when 'seen' then exists (
                        select from source.interactions as i
                        where i.user_id = e.user_id and i.item_id = e.item_id)
                    when 'low_score' then (
                        select cardinality(r.item_ids) = 50 and e.item_id <> all (r.item_ids)
                        from serving.ranked_lists as r where r.user_id = e.user_id)
                    when 'below_length' then (
                        select cardinality(r.item_ids) = 20 and e.item_id <> all (r.item_ids)
                        from serving.recommendation_lists as r where r.user_id = e.user_id)
                    when 'creator_cap' then (
                        select count(*) = 3 from serving.current_recommendations as r
                        inner join source.items as o on o.item_id = r.item_id
                        inner join source.items as i on i.item_id = e.item_id
                        where r.user_id = e.user_id and o.creator_id = i.creator_id)
                    when 'best' then exists (
                        select from serving.current_recommendations as r
                        where r.user_id = e.user_id and r.item_id = e.item_id
                            and not r.is_exploration)
                    when 'exploration' then exists (
                        select from serving.current_recommendations as r
                        where r.user_id = e.user_id and r.item_id = e.item_id and r.rank = 2
                            and r.is_exploration and r.propensity < 1)
                    else true
                end)
                from ended as e
                where e.user_id in (10001, 10008, 10043, 11667)
                group by e.reason
                """, as: (String, Int, Int).self)
            let found = Dictionary(uniqueKeysWithValues: broken.map { ($0.0, $0.2) })
            for reason in [
                "duplicate", "seen", "low_score", "below_length", "creator_cap", "best",
                "exploration",
            ] {
                #expect(found[reason] == 0, "\(reason)")
            }
        }
    }
}
