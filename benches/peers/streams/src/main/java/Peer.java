import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

/** Kafka Streams, exactly once at 100 ms on two threads, with a scorer that counts words. */
public final class Peer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] NEGATIVE = {"niet", "slecht", "kapot", "never", "bad", "worst"};

  private static volatile long beganMillis;
  private static volatile long beganNanos;
  private static volatile long beganCpu;

  public static void main(String[] arguments) throws Exception {
    long count = Long.parseLong(System.getenv("PEER_COUNT"));
    AtomicLong records = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, System.getenv("PEER_GROUP"));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("PEER_BROKERS"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    Path state = Files.createTempDirectory("streams-peer");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    settings.put(StreamsConfig.producerPrefix("compression.type"), "lz4");
    settings.put(StreamsConfig.producerPrefix("linger.ms"), "20");
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .<byte[], byte[]>stream(System.getenv("PEER_INPUT"))
        .mapValues(
            value -> {
              long number = records.incrementAndGet();
              if (number == 1) {
                beganMillis = System.currentTimeMillis();
                beganNanos = System.nanoTime();
                beganCpu = cpu();
              } else if (number == count) {
                done.countDown();
              }
              return scored(value);
            })
        .to(System.getenv("PEER_OUTPUT"));
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
      streams.start();
      if (!done.await(10, TimeUnit.MINUTES)) {
        throw new IllegalStateException("not done in ten minutes");
      }
      double seconds = (System.nanoTime() - beganNanos) / 1e9;
      System.out.printf(
          java.util.Locale.ROOT,
          "{\"records\":%d,\"dead\":0,\"began_ms\":%d,\"ended_ms\":%d,\"seconds\":%f,"
              + "\"cpu_seconds\":%f,\"peak_mebibytes\":%f}%n",
          count,
          beganMillis,
          System.currentTimeMillis(),
          seconds,
          (cpu() - beganCpu) / 1e9,
          peakMebibytes());
    }
  }

  private static byte[] scored(byte[] value) {
    try {
      ObjectNode mention = (ObjectNode) JSON.readTree(value);
      String text = mention.path("text").asText();
      int negative = 0;
      for (String word : NEGATIVE) {
        negative += text.contains(word) ? 1 : 0;
      }
      mention.putObject("score").put("label", negative > 0 ? "negative" : "neutral");
      return JSON.writeValueAsBytes(mention);
    } catch (java.io.IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double peakMebibytes() throws java.io.IOException {
    Path status = Path.of("/proc/self/status");
    for (String line : Files.readAllLines(status, StandardCharsets.UTF_8)) {
      if (line.startsWith("VmHWM:")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    return 0;
  }
}
