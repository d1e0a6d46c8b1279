import Postgres
import SQLCatalog
import Testing

/// What is rising in cohorts before 2024-03-29, and what those get of whom a profile is all that is known.
@Suite struct TrendingTests {
    private let date = day("2024-03-29")

    /// Items 1 (German, tag a), 2 (tag b), 3 (French, tag a) and 4 (removed). An event of 2024-03-27
    /// weighs a half, one of 2024-03-25 a quarter.
    private func withWorld(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.addUser(1, #"{"language": "de", "region": "by"}"#)
            try database.addUser(2, #"{"language": "fr", "country": "fr"}"#)
            try database.addUsers(3...4, knownAt: "2024-01-01")
            // Of these nothing but the profile is known; of 12 not even that.
            try database.addUser(10, #"{"language": "de", "region": "by"}"#)
            try database.addUser(11, #"{"languages": ["fr", "de"], "region": 7}"#)
            try database.addUser(12)
            try database.addUser(13, #"{"language": "de", "region": "xx"}"#)
            try database.add([
                ItemVersion(id: 1, tags: ["a"], language: "de"), ItemVersion(id: 2, tags: ["b"]),
                ItemVersion(id: 3, tags: ["a"], language: "fr"),
                ItemVersion(id: 4, isAvailable: false),
            ])
            let shown = [
                (1, 1, "2024-03-27"), (3, 1, "2024-03-27"), (1, 2, "2024-03-27"),
                (2, 2, "2024-03-27"), (3, 2, "2024-03-27"), (4, 2, "2024-03-27"),
                (2, 3, "2024-03-25"), (3, 3, "2024-03-25"), (1, 4, "2024-03-27"),
            ]
            let liked = [
                (1, 1, "2024-03-27"), (3, 1, "2024-03-27"), (2, 2, "2024-03-27"),
                (2, 3, "2024-03-25"), (1, 4, "2024-03-27"),
                // Too old.
                (4, 3, "2024-03-14"),
            ]
            try database.interactAtOnce(
                shown.map { ($0.0, $0.1, "impression", $0.2) }
                    + liked.map { ($0.0, $0.1, "like", $0.2) })
            try database.buildFeatures(asOf: date)
            try body(database)
        }
    }

    // Positives and impressions, decayed: 1 of 1, 0.5 of 2, 0.25 of 0.5. The rate over all is a half and
    // weighs ten impressions: 6/11, 5.5/12, 5.25/10.5. Momentum: 0.545455, 0.229167, 0.125.
    @Test func `a chart is decayed positives times their rate, relative to the first`() throws {
        try withWorld { database throws in
            let charts = try database.table(
                """
                select tag, language, item_ids, momenta from feature.trending_items
                where region = '' order by tag, language
                """)
            #expect(
                charts == [
                    #"("","","{1,2,3}","{1,0.420139,0.229167}")"#,
                    #"("",de,"{1,2}","{1,0.420139}")"#,
                    #"("",fr,"{2,3}","{1,0.545455}")"#,
                    #"(a,"","{1,3}","{1,0.229167}")"#, "(a,de,{1},{1})", "(a,fr,{3},{1})",
                    #"(b,"",{2},{1})"#, "(b,de,{2},{1})", "(b,fr,{2},{1})",
                ])
        }
    }

    // In the region fr: 0.5 of 0.5 for item 2, drawn to 5.5/12, and 0.25 of 0.25 for 3, drawn to a half:
    // 0.242063 and 0.128049.
    @Test func `in a region the rate over all is what few events are drawn to`() throws {
        try withWorld { database throws in
            #expect(
                try database.table(
                    """
                    select region, language, item_ids, momenta from feature.trending_items
                    where region <> '' order by region, language
                    """) == [
                        #"(by,"",{1},{1})"#, "(by,de,{1},{1})",
                        #"(fr,"","{2,3}","{1,0.528988}")"#, "(fr,de,{2},{1})",
                        #"(fr,fr,"{2,3}","{1,0.528988}")"#,
                    ])
        }
    }

    @Test func `of whom a profile is known, half is the chart of the region, half that over all`()
        throws
    {
        try withWorld { database throws in
            let found = try database.funnel("retrieve/sources/cohort_trending", buckets: 10...13)
            #expect(
                found == [
                    #"(10,"{1,2}","{1,0.21007}")"#, #"(11,"{2,3}","{1,0.545455}")"#,
                    #"(12,"{1,2,3}","{1,0.420139,0.229167}")"#, #"(13,"{1,2}","{0.5,0.21007}")"#,
                ])
        }
    }

    @Test func `whoever likes tags has their charts, each with its share`() throws {
        try withWorld { database throws in
            try database.execute(
                """
                insert into feature.user_tag_affinities (user_id, as_of_date, tag, affinity, positive_count)
                values (12, '2024-03-29', 'a', 3, 1), (12, '2024-03-29', 'b', 1, 1)
                """)
            #expect(
                try database.funnel("retrieve/sources/cohort_trending", buckets: 12...12)
                    == [#"(12,"{1,2,3}","{0.75,0.25,0.171875}")"#])
        }
    }

    @Test func `fallbacks are what the cohort likes, then what all do`() throws {
        try withWorld { database throws in
            let publication = try database.openPublication(run: 1)
            var arguments = SQLDatabase.arguments(asOf: date)
            arguments["publication_id"] = Bind(publication)
            try database.run("retrieve/build_fallbacks", arguments)
            #expect(
                try database.table(
                    """
                    select language, region, array_agg(item_id order by rank), array_agg(positive_count order by rank)
                    from serving.fallbacks group by language, region order by language, region
                    """) == [
                        #"("","","{1,2,3}","{2,1,1}")"#, #"(de,by,"{1,2}","{1,0}")"#,
                        #"(de,xx,"{1,2}","{0,0}")"#, #"(fr,"","{2,3}","{0,0}")"#,
                        #"(fr,fr,"{2,3}","{1,1}")"#,
                    ])
            #expect(
                try database.table(
                    "select item_id from serving.recommend_from(\(publication), 999, 10)")
                    == ["(1)", "(2)", "(3)"])
        }
    }
}
