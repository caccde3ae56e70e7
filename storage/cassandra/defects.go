// # KairosDB's defects
//
// KairosDB 1.3 does the following on Cassandra. What is kept is kept because
// both servers must see the same points. The last column names a test, and its
// package where that is another one.
//
//	no    KairosDB                                                 here
//	D-01  a schema statement fails: new series are dropped         better: no connection until it succeeds; health and the log say why    TestOutages
//	D-02  filled-in tag index rows never expire (TTL of a column   better: index rows that are entered again have the life of the points  TestWatchLife
//	      that is never written)
//	D-03  an old keyspace with other settings: unreadable rows     better: it is LEGACY with the old width whatever the settings are      TestLayouts
//	D-04  a read cluster without table spec: wrong times, no start better: LEGACY if it lists metrics; a metadata cluster needs no spec   TestLayoutOfReadClusters
//	D-05  SECONDS: rows of half an hour, another width elsewhere   kept, so that both find the rows; a doubtful width is logged           TestLayouts
//	D-06  all series enter their index at the start of a row       kept: rows begin where they begin; a refresh is spread out             TestIndexOnce
//	D-07  more series than the cache holds: an index row a point   better: a million row keys are remembered, in 100 bytes each           TestIndexForgotten
//	D-08  index rows are not awaited: invisible series             better: index rows first, all awaited                                  TestPlanRefused
//	D-09  row keys are made for every point                        better: once for each row of a call                                    TestPlanAllocates
//	D-10  lives from a point's own time and no life: all dropped   better: without a life there is nothing to count                       TestLives
//	D-11  lives beyond Cassandra's limits lose their neighbours    better: refused by name; an index row beyond the limit lives for ever  TestWriteServerRefuses
//	D-12  the first point decides how long the index lives         better: it lives as long as any point, also after a restart            TestIndexLifeOfOthers
//	D-13  an untyped key without tags fails the query              better: it is a series without tags                                    TestUntypedRowKey (codec)
//	D-14  ranges lose points of negative times                     better: they are looked for where they lie                             TestPoints
//	D-15  an untyped double at the very end of a range is missed   better: found                                                          TestPoints
//	D-16  an unknown type fails the query                          better: its values are answered as bytes                               TestPoints
//	D-17  NaN and infinity fail the query                          better: printed as null; refused when written                          TestDifferences (conformance)
//	D-18  queries that differ in limit or order wait for another   better: no query waits for another                                     TestBeside (conformance)
//	D-19  the index of release 1.1 is read with every query        better: where it has rows                                              TestLegacyAppears
//	D-20  reads of the index are not bounded                       better: Config.Reading bounds all of them                              TestFindManyRowTimes
//	D-21  a tag that is not in the tag index finds nothing         better: the tag index is read for what it has, row_keys for the rest   TestTagIndexUse
//	D-22  a value and an expression on one tag: series are missed  better: row_keys is read                                               TestTagIndexUse
//	D-23  the choice among tags reads the wrong column             better: it is made by the column that was meant                        TestTagEstimate
//	D-24  of several expressions on one tag one counts             better: all count                                                      TestKeyFilter
//	D-25  limits are checked between partitions                    better: with every block                                               TestLimitsEndQueries (query)
//	D-26  a killed query answers a part as if it were all          better: an answer that is cut off is no JSON                           TestServeThroughFaults (cmd/aion)
//	D-27  the tag index is filled in by batches that may vanish    better: index rows go in bounded batches that are awaited              TestBatches
//	D-28  204 for points that the queue did not take               better: 204 is what Cassandra, or the spool on disk, has acknowledged  TestWriteUnavailable
//	D-29  a replay writes old points as new                        better: the spool delivers with the first write time                   TestServeSpools (cmd/aion)
//	D-30  one bad point takes those behind it along                better: it is found by halving and named; the others are stored        TestWriteServerRefuses
//	D-31  a slow Cassandra loses points                            better: tried again, then 503, or spooled                              TestWriteUnavailable
//	D-32  points before the first connection are dropped           better: 503, or spooled                                                TestServeWithoutCassandra (cmd/aion)
//	D-33  other servers' caches after a delete: unindexed points   better: ours notice and enter them again; what a KairosDB writes on    TestWatchBesideKairos
//	      is watched for after our deletes and entered for it
//	D-34  a deleted row's time is not entered again                better: deletes forget what they delete, and entries are looked after  TestIndexDeletedElsewhere
//	D-35  telnet names are taken as Latin-1                        better: a word that is UTF-8 is read as that                           TestTaken (api/telnet)
//	D-36  service keys are listed once for each of their keys      better: once                                                           TestServices
//	D-37  changing a roll-up without an id leaves two              better: a change without an id changes the task                        TestRollupTasks (api/kairosdb)
//	D-38  a filtered metric's row time is lost by a retry          better: hidden names are entered like all others and hidden in lists   -
package cassandra
