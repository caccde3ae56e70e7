import java.net.URI;
import java.util.Date;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.apache.http.auth.AuthScope;
import org.apache.http.auth.UsernamePasswordCredentials;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.impl.client.HttpClientBuilder;
import org.kairosdb.client.HttpClient;
import org.kairosdb.client.builder.*;
import org.kairosdb.client.builder.grouper.TagGrouper;
import org.kairosdb.client.response.*;

/**
 * Does with KairosDB's client for Java what somebody does whose key is for the
 * devices d1 and d2, on a server that has d3, too, and prints what it is answered:
 * Partner URL ID SECRET.
 */
public class Partner {
    /** A full minute in 2026. */
    static final long START = 1767225600000L;

    public static void main(String[] args) throws Exception {
        URI url = new URI(args[0]);
        try (HttpClient client = new HttpClient(args[0])) {
            attempt("without a key", () -> names(client));
        }
        try (HttpClient client = new HttpClient("http://" + args[1] + ":" + args[2] + "@" + url.getAuthority())) {
            attempt("with the key in the URL", () -> names(client));
        }
        BasicCredentialsProvider credentials = new BasicCredentialsProvider();
        credentials.setCredentials(new AuthScope(url.getHost(), url.getPort()), new UsernamePasswordCredentials(args[1], args[2]));
        HttpClientBuilder builder = HttpClientBuilder.create().setDefaultCredentialsProvider(credentials)
            .setMaxConnPerRoute(20); // the client keeps the connection of every refusal, and has two by default
        try (HttpClient client = new HttpClient(builder, args[0])) {
            attempt("with the key given to the builder", () -> names(client));
            attempt("write d1", () -> write(client, "d1", 3.5));
            attempt("write d1 and d3", () -> write(client, "d1", 4.5, "d3", 5.5));
            attempt("write what has no device", () -> write(client, null, 6.5));
            attempt("read", () -> read(client));
            attempt("read d3", () -> read(client, "d3"));
            attempt("tags", () -> tags(client));
            attempt("delete d3", () -> delete(client, "d3"));
            attempt("delete the metric", () -> {
                client.deleteMetric("power");
                return "done";
            });
            attempt("read", () -> read(client));
            attempt("roll-ups", () -> client.getRollupTasks().size());
        }
    }

    /** What answers or fails. */
    interface Call {
        Object answer() throws Exception;
    }

    static void attempt(String what, Call call) {
        try {
            System.out.println(what + ": " + call.answer());
        } catch (Exception e) {
            System.out.println(what + ": " + e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }

    static Object names(HttpClient client) {
        return new TreeSet<>(client.getMetricNames());
    }

    /** Writes a point for each device. */
    static Object write(HttpClient client, Object... devicesAndValues) {
        MetricBuilder b = MetricBuilder.getInstance();
        for (int i = 0; i < devicesAndValues.length; i += 2) {
            Metric m = b.addMetric("power").addTag("site", "berlin").addDataPoint(START + 60_000, (double) devicesAndValues[i + 1]);
            if (devicesAndValues[i] != null) {
                m.addTag("device", (String) devicesAndValues[i]);
            }
        }
        client.pushMetrics(b);
        return "done";
    }

    static QueryBuilder power(String... devices) {
        QueryBuilder b = QueryBuilder.getInstance().setStart(new Date(START)).setEnd(new Date(START + 3_600_000L));
        QueryMetric m = b.addMetric("power").addGrouper(new TagGrouper("device"));
        for (String device : devices) {
            m.addTag("device", device);
        }
        return b;
    }

    static Object read(HttpClient client, String... devices) {
        QueryResult all = client.query(power(devices)).getQueries().get(0);
        List<String> results = all.getResults().stream().map(r -> new TreeMap<>(r.getTags()) + " " + r.getDataPoints().stream()
            .map(p -> (p.getTimestamp() - START) + "=" + p.getValue()).collect(Collectors.toList())).collect(Collectors.toList());
        return all.getSampleSize() + " " + results;
    }

    static Object tags(HttpClient client) {
        QueryTagBuilder b = QueryTagBuilder.getInstance().setStart(new Date(START));
        b.addMetric("power");
        return client.queryTags(b).getQueries().get(0).getResults().stream().map(r -> new TreeMap<>(r.getTags()).toString()).collect(Collectors.toList());
    }

    static Object delete(HttpClient client, String device) {
        client.delete(power(device));
        return "done";
    }
}
