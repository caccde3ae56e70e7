#!/usr/bin/env bash
# Runs one real KairosDB in the foreground from its published jars (Java 17, Maven).
#
#   kairosdb.sh DIR [HTTP_PORT [TELNET_PORT [CQL_HOST:PORT [KEYSPACE [VERSION]]]]]      stop: SIGTERM to the pid in DIR/pid
#
# It stores in that Cassandra and creates the keyspace if it is missing (default: kairosdb). It is ready when it answers
# GET /api/v1/version. Its own reporter is off. DIR/overrides.conf, if there, is added at the end of the configuration,
# where the last word stands (HOCON: kairosdb.… = …). Settings come from the environment:
#
#   AION_JARS   the folder that keeps the jars, fetched by Maven once (default: aion-originals in the user's cache)
#   HEAP        the heap, 512M
#   JVM         further options of Java
set -euo pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd)
http=${2:-8080}
telnet=${3:-4242}
cassandra=${4:-127.0.0.1:9042}
keyspace=${5:-kairosdb}
version=${6:-1.3.0-1}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=${AION_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/aion-originals}/kairosdb-$version
echo $$ >"$dir/pid"

# Several may begin at once: one fetches, the others wait for it.
if [ ! -e "$jars/.complete" ]; then
  mkdir -p "$jars"
  exec 9>"$jars/.lock"
  flock 9
  if [ ! -e "$jars/.complete" ]; then
    cp "$here/kairosdb-pom.xml" "$jars/pom.xml"
    (cd "$jars" && mvn -q -B -Doriginal.version="$version" dependency:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$jars/lib" && touch .complete) >"$dir/maven.log" 2>&1
  fi
  exec 9>&-
fi

mkdir -p "$dir/conf" "$dir/cache"
# The published default lies in the jar; what differs here comes after it.
{
  echo 'include classpath("kairosdb.conf")'
  echo 'kairosdb.service.reporter = "<disabled>"'
  echo "kairosdb.jetty.address = \"127.0.0.1\""
  echo "kairosdb.jetty.port = $http"
  echo "kairosdb.telnetserver.address = \"127.0.0.1\""
  echo "kairosdb.telnetserver.port = $telnet"
  echo "kairosdb.query_cache.cache_dir = \"$dir/cache\""
  echo 'kairosdb.service.datastore = "org.kairosdb.datastore.cassandra.CassandraModule"'
  echo "kairosdb.datastore.cassandra.write_cluster.cql_host_list = [\"$cassandra\"]"
  echo "kairosdb.datastore.cassandra.write_cluster.keyspace = \"$keyspace\""
  [ ! -e "$dir/overrides.conf" ] || cat "$dir/overrides.conf"
} >"$dir/conf/settings.conf"
cat >"$dir/conf/logback.xml" <<XML
<configuration>
  <appender name="F" class="ch.qos.logback.core.FileAppender"><file>$dir/system.log</file>
    <encoder><pattern>%-5level %d{HH:mm:ss.SSS} %logger{20} %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="F"/></root>
</configuration>
XML

rm -f "$dir/system.log"
cd "$dir"
# shellcheck disable=SC2086
exec java "-Xmx${HEAP:-512M}" -XX:-UsePerfData ${JVM:-} \
  --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.util=ALL-UNNAMED \
  -cp "$dir/conf:$jars/lib/*" org.kairosdb.core.Main -c run -p "$dir/conf/settings.conf" >"$dir/stdout.log" 2>&1
