import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.kairosdb.client.HttpClient;
import org.kairosdb.client.TelnetClient;
import org.kairosdb.client.builder.*;
import org.kairosdb.client.builder.AggregatorFactory.FilterOperation;
import org.kairosdb.client.builder.AggregatorFactory.Trim;
import org.kairosdb.client.builder.grouper.*;
import org.kairosdb.client.response.*;
import org.kairosdb.client.response.grouping.TagGroupResult;

/**
 * Does with KairosDB's client for Java what it can do, and prints what it is
 * answered: Work URL TELNET_HOST TELNET_PORT.
 */
public class Work {
    /** A full minute in 2026. */
    static final long START = 1767225600000L;

    public static void main(String[] args) throws Exception {
        try (HttpClient client = new HttpClient(args[0])) {
            System.out.println("check " + client.getStatusCheck() + ", status " + client.getStatus() + ", version "
                + client.getVersion().startsWith("KairosDB "));
            write(client);
            telnet(args[1], Integer.parseInt(args[2]));
            read(client);
            aggregate(client);
            group(client);
            fail(client);
            rollUp(client);
            delete(client);
        }
    }

    /** Writes numbers of both kinds, texts, and a compressed body. */
    static void write(HttpClient client) {
        for (boolean compressed : new boolean[] {false, true}) {
            MetricBuilder b = MetricBuilder.getInstance();
            b.setCompression(compressed);
            Metric one = b.addMetric("java.number").addTag("host", compressed ? "b" : "a").addTag("site", "über");
            for (int i = 0; i < 10; i++) {
                one.addDataPoint(START + i * 60_000L, compressed ? 10.5 * i : i);
            }
            b.addMetric("java.text", "string").addTag("host", "a").addTtl(0).addDataPoint(START, (Object) "grün");
            client.pushMetrics(b);
        }
    }

    /** Writes by telnet and hangs up. */
    static void telnet(String host, int port) throws Exception {
        TelnetClient client = new TelnetClient(host, port);
        MetricBuilder b = MetricBuilder.getInstance();
        b.addMetric("java.telnet").addTag("host", "t").addDataPoint(START, 7).addDataPoint(START + 1, 7.25);
        client.putMetrics(b);
        client.shutdown();
    }

    static QueryBuilder from() {
        return QueryBuilder.getInstance().setStart(new Date(START)).setEnd(new Date(START + 3_600_000L));
    }

    static QueryMetric numbers(QueryBuilder b) {
        return b.addMetric("java.number");
    }

    /** Reads points, tags and names. */
    static void read(HttpClient client) {
        QueryBuilder b = from();
        b.addMetric("java.text");
        QueryMetric one = numbers(b).addTag("host", "a", "none");
        one.setLimit(3);
        one.setOrder(QueryMetric.Order.DESCENDING);
        b.addMetric("java.never");
        print("read", client, b);
        QueryTagBuilder tags = QueryTagBuilder.getInstance().setStart(new Date(START));
        tags.addMetric("java.number").addTag("site", "über");
        client.queryTags(tags).getQueries().forEach(q -> q.getResults().forEach(
            r -> System.out.println("tags " + r.getName() + " " + new TreeMap<>(r.getTags()))));
        System.out.println("names " + client.getMetricNames().stream()
            .filter(n -> n.startsWith("java.")).sorted().collect(Collectors.toList()));
    }

    /** Asks with every aggregator that has a builder. */
    static void aggregate(HttpClient client) {
        TimeUnit minutes = TimeUnit.MINUTES;
        Map<String, Aggregator> all = new TreeMap<>();
        all.put("min", AggregatorFactory.createMinAggregator(5, minutes));
        all.put("max", AggregatorFactory.createMaxAggregator(5, minutes).withSamplingAlignment());
        all.put("avg", AggregatorFactory.createAverageAggregator(5, minutes).withStartTimeAlignment());
        all.put("dev", AggregatorFactory.createStandardDeviationAggregator(5, minutes));
        all.put("sum", AggregatorFactory.createSumAggregator(5, minutes).withEndTimeAlignment());
        all.put("count", AggregatorFactory.createCountAggregator(5, minutes));
        all.put("percentile", AggregatorFactory.createPercentileAggregator(0.5, 5, minutes));
        all.put("div", AggregatorFactory.createDivAggregator(2));
        all.put("last", AggregatorFactory.createLastAggregator(5, minutes));
        all.put("first", AggregatorFactory.createFirstAggregator(5, minutes));
        all.put("gaps", AggregatorFactory.createDataGapsMarkingAggregator(2, minutes));
        all.put("least_squares", AggregatorFactory.createLeastSquaresAggregator(5, minutes));
        all.put("diff", AggregatorFactory.createDiffAggregator());
        all.put("sampler", AggregatorFactory.createSamplerAggregator());
        all.put("sma", AggregatorFactory.createSimpleMovingAverage(3));
        all.put("scale", AggregatorFactory.createScaleAggregator(0.5));
        all.put("custom", AggregatorFactory.createCustomAggregator("scale", "\"factor\":2"));
        all.put("rate", AggregatorFactory.createRateAggregator(TimeUnit.SECONDS));
        all.put("trim", AggregatorFactory.createTrimAggregator(Trim.BOTH));
        all.put("filter", AggregatorFactory.createFilterAggregator(FilterOperation.LTE, 4.0));
        all.put("save_as", AggregatorFactory.createSaveAsAggregator("java.saved"));
        all.forEach((name, aggregator) -> {
            QueryBuilder b = from();
            numbers(b).addTag("host", "a").addAggregator(aggregator);
            print(name, client, b);
        });
        QueryBuilder saved = from();
        saved.addMetric("java.saved");
        print("saved", client, saved);
    }

    /** Asks with every grouper. */
    static void group(HttpClient client) {
        Grouper[] all = {new TagGrouper("host", "site"), new ValueGrouper(40), new BinGrouper(3.0, 60.0),
            new TimeGrouper(new RelativeTime(5, TimeUnit.MINUTES), 2)};
        for (Grouper grouper : all) {
            QueryBuilder b = from();
            numbers(b).addGrouper(grouper);
            print("group", client, b);
        }
    }

    /** Asks what no server can answer. */
    static void fail(HttpClient client) {
        QueryBuilder b = from();
        numbers(b).addAggregator(AggregatorFactory.createCustomAggregator("bogus", "\"a\":1"));
        try {
            client.query(b);
        } catch (UnexpectedResponseException e) {
            System.out.println("error " + e.getMessage());
        }
    }

    /** Makes a roll-up task, reads it and takes it away. */
    static void rollUp(HttpClient client) {
        RollupBuilder b = RollupBuilder.getInstance("java.task", new RelativeTime(1, TimeUnit.HOURS));
        QueryBuilder q = b.addRollup("java.rolled").addQuery();
        q.setStart(1, TimeUnit.HOURS);
        numbers(q).addAggregator(AggregatorFactory.createMaxAggregator(1, TimeUnit.MINUTES));
        RollupTask made = client.createRollupTask(b);
        RollupTask read = client.getRollupTask(made.getId());
        System.out.println("roll-up " + read.getName() + " every " + read.getExecutionInterval().getValue() + " "
            + read.getExecutionInterval().getUnit() + ", saved as " + read.getRollups().get(0).getSaveAs()
            + ", tasks " + client.getRollupTasks().size());
        client.deleteRollupTask(made.getId());
        System.out.println("roll-ups left " + client.getRollupTasks().size());
    }

    /** Deletes points by query and a metric by name. */
    static void delete(HttpClient client) {
        QueryBuilder b = from();
        numbers(b).addTag("host", "b");
        client.delete(b);
        client.deleteMetric("java.text");
        QueryBuilder left = from();
        numbers(left);
        left.addMetric("java.text");
        print("left", client, left);
    }

    static void print(String what, HttpClient client, QueryBuilder b) {
        for (QueryResult query : client.query(b).getQueries()) {
            System.out.println(what + " " + query.getSampleSize());
            for (Result r : query.getResults()) {
                List<String> groups = r.getGroupResults().stream().map(Work::text).collect(Collectors.toList());
                List<String> values = r.getDataPoints().stream()
                    .map(p -> (p.getTimestamp() - START) + "=" + p.getValue()).collect(Collectors.toList());
                System.out.println("  " + r.getName() + " " + new TreeMap<>(r.getTags()) + " " + groups + " " + values);
            }
        }
    }

    static String text(GroupResult g) {
        if (g instanceof TagGroupResult) {
            return g.getName() + new TreeMap<>(((TagGroupResult) g).getGroup());
        }
        return g.getName();
    }
}
