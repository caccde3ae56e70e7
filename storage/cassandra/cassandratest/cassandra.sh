#!/usr/bin/env bash
# Runs one real Cassandra node in the foreground from its published jars (Java 17, Maven).
#
#   cassandra.sh DIR [CQL_PORT [VERSION]]      stop: SIGTERM to the pid in DIR/pid
#
# DIR holds data, configuration, log and pid; an existing DIR is opened again. DIR/system.log says "Starting listening
# for CQL clients" when the node is ready. It listens on a loopback address only. Settings come from the environment:
#
#   AION_JARS       the folder that keeps the jars, fetched by Maven once (default: aion-originals in the user's cache)
#   HEAP            the heap, 512M
#   ADDR, SEED      the node's address, 127.0.0.1, and that of the node it joins, by default its own; the nodes of a
#                   cluster share CQL_PORT and have 127.0.0.1, 127.0.0.2, 127.0.0.3 ..., each with a DIR of its own
#   TOKEN           its place in the ring; chosen by chance if empty
#   COMMITLOG       periodic (as shipped: a kill takes what was acknowledged in the last 100 ms) or batch (takes nothing)
#   THROWING        true: nothing need survive an end of the node, whose commit log is compressed then and has nothing of
#                   its own tables (Throwing.java), so that keyspaces are dropped with a third of the work
#   AUTHENTICATOR   AllowAllAuthenticator, or PasswordAuthenticator: user cassandra, password cassandra
#   KEYS            a folder with node.pem (key and certificate) and ca.pem: clients must speak TLS
#   CLIENT_AUTH     true: with KEYS, clients must show a certificate of ca.pem
#   JVM             further options of Java, such as -XX:TieredStopAtLevel=1 for a node that starts sooner and runs slower
set -euo pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd)
port=${2:-9042}
version=${3:-5.0.6}
addr=${ADDR:-127.0.0.1}
seed=${SEED:-$addr}
storage_port=$((port + 10000))
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=${AION_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/aion-originals}/cassandra-$version
echo $$ >"$dir/pid"

# Several may begin at once: one fetches, the others wait for it.
if [ ! -e "$jars/.complete" ]; then
  mkdir -p "$jars"
  exec 9>"$jars/.lock"
  flock 9
  if [ ! -e "$jars/.complete" ]; then
    cp "$here/cassandra-pom.xml" "$jars/pom.xml"
    (cd "$jars" && mvn -q -B -Doriginal.version="$version" dependency:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$jars/lib" && touch .complete) >"$dir/maven.log" 2>&1
  fi
  exec 9>&-
fi

commitlog=$'commitlog_sync: periodic\ncommitlog_sync_period: 10000ms'
[ "${COMMITLOG:-periodic}" = batch ] && commitlog='commitlog_sync: batch'

# A compressed segment is not written in advance. A Java without a compiler cannot run a source file.
main=org.apache.cassandra.service.CassandraDaemon
if [ "${THROWING:-false}" = true ]; then
  commitlog+=$'\ncommitlog_compression: [{class_name: LZ4Compressor}]'
  case $(java --list-modules) in *jdk.compiler@*) main=$here/Throwing.java ;; esac
fi

cat >"$dir/cassandra.yaml" <<YAML
cluster_name: aion-test
num_tokens: 1
initial_token: ${TOKEN:-}
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
$commitlog
endpoint_snitch: SimpleSnitch
listen_address: $addr
rpc_address: $addr
auto_bootstrap: false
native_transport_port: $port
storage_port: $storage_port
start_native_transport: true
auto_snapshot: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "$seed:$storage_port"}]
data_file_directories: [$dir/data]
commitlog_directory: $dir/commitlog
saved_caches_directory: $dir/saved_caches
hints_directory: $dir/hints
cdc_raw_directory: $dir/cdc_raw
authenticator: ${AUTHENTICATOR:-AllowAllAuthenticator}
YAML
[ -z "${KEYS:-}" ] || cat >>"$dir/cassandra.yaml" <<YAML
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: ${CLIENT_AUTH:-false}
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: $KEYS/node.pem
  truststore: $KEYS/ca.pem
YAML
cat >"$dir/logback.xml" <<XML
<configuration>
  <appender name="F" class="ch.qos.logback.core.FileAppender"><file>$dir/system.log</file>
    <encoder><pattern>%-5level %d{HH:mm:ss.SSS} %logger{20} %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="F"/></root>
</configuration>
XML

open=()
for m in lang lang.module lang.ref io nio util util.concurrent util.concurrent.atomic; do
  open+=(--add-opens "java.base/java.$m=ALL-UNNAMED")
done
for m in jdk.internal.loader jdk.internal.ref jdk.internal.reflect jdk.internal.math jdk.internal.module \
  jdk.internal.util.jar jdk.internal.misc sun.nio.ch; do
  open+=(--add-opens "java.base/$m=ALL-UNNAMED" --add-exports "java.base/$m=ALL-UNNAMED")
done
case $version in 4.*) # its memory meter needs the agent on Java 17, and more packages open
  open+=("-javaagent:$(ls "$jars"/lib/jamm-*.jar)")
  for m in nio.charset nio.file security math text net time util.regex util.stream util.function lang.invoke; do
    open+=(--add-opens "java.base/java.$m=ALL-UNNAMED")
  done ;;
esac
open+=(--add-exports java.management.rmi/com.sun.jmx.remote.internal.rmi=ALL-UNNAMED
  --add-exports java.rmi/sun.rmi.registry=ALL-UNNAMED --add-exports java.rmi/sun.rmi.server=ALL-UNNAMED
  --add-exports java.sql/java.sql=ALL-UNNAMED --add-exports jdk.unsupported/sun.misc=ALL-UNNAMED
  --add-opens jdk.management/com.sun.management.internal=ALL-UNNAMED)

# A node that joins asks its seed who is there and fails where it is not told within this time, as it may not be on a
# busy machine; the seed itself would wait for nobody.
ring_delay=1
[ "$seed" = "$addr" ] || ring_delay=30000

rm -f "$dir/system.log"
# No JMX port: nobody asks for one, and none can be in another node's way. JVM is a list of words.
# shellcheck disable=SC2086
exec java "${open[@]}" -Djdk.attach.allowAttachSelf=true -Xms64M "-Xmx${HEAP:-512M}" -Xss512k \
  -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData ${JVM:-} \
  "-Dcassandra.config=file://$dir/cassandra.yaml" "-Dcassandra.storagedir=$dir" "-Dlogback.configurationFile=$dir/logback.xml" \
  -Dcassandra-foreground=yes -Dcassandra.skip_wait_for_gossip_to_settle=0 "-Dcassandra.ring_delay_ms=$ring_delay" \
  -Dcassandra.superuser_setup_delay_ms=0 -cp "$jars/lib/*" \
  "$main" >"$dir/stdout.log" 2>&1
