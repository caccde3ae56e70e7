import java.util.concurrent.TimeUnit;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.service.CassandraDaemon;
import org.apache.cassandra.service.StorageService;
import org.apache.cassandra.service.StorageServiceMBean;

/**
 * Cassandra with its own tables left out of the commit log. To drop a table Cassandra begins a new segment of that log and
 * flushes whatever an older one still holds, which takes a node on which tests drop tables all the time most of its work.
 * Java compiles this file when it is started.
 */
public class Throwing {
    public static void main(String[] args) throws Exception {
        KeyspaceParams.DEFAULT_LOCAL_DURABLE_WRITES = false;
        CassandraDaemon.main(args);
        // Each change of the schema reads the whole schema. In memory that has all that was ever dropped, on disk only marks.
        StorageServiceMBean node = StorageService.instance;
        while (true) {
            TimeUnit.SECONDS.sleep(10);
            node.forceKeyspaceFlush("system_schema");
        }
    }
}
