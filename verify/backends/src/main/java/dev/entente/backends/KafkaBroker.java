package dev.entente.backends;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** One Kafka broker in KRaft mode, from the class path. */
public final class KafkaBroker extends Backend {
    private static @Nullable KafkaBroker shared;

    private final Path properties;

    /** Creates the folder of a broker that is not yet started. */
    public KafkaBroker() throws IOException {
        super("kafka");
        properties = folder().resolve("server.properties");
        Files.writeString(properties, """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:%2$d
            listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
            advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
            controller.listener.names=CONTROLLER
            log.dirs=%3$s
            auto.create.topics.enable=false
            offsets.topic.num.partitions=1
            offsets.topic.replication.factor=1
            transaction.state.log.num.partitions=4
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            group.initial.rebalance.delay.ms=0
            group.coordinator.rebalance.protocols=classic,consumer
            log.cleaner.dedupe.buffer.size=4194304
            """.formatted(port(), LoopbackPorts.next(), folder().resolve("log")));
        // If logback is on the class path, it would otherwise log everything.
        Files.writeString(folder().resolve("logback.xml"), "<configuration><root level=\"WARN\"/></configuration>");
        int formatted = StorageTool.execute(
                new String[] {"format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", properties.toString()},
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        if (formatted != 0) {
            throw new IOException("the broker's folder could not be formatted");
        }
    }

    /** Returns the running broker that all tests of this JVM share. A test that kills the broker restarts it. */
    public static synchronized KafkaBroker running() throws IOException {
        KafkaBroker broker = shared;
        if (broker == null) {
            broker = new KafkaBroker();
            shared = broker;
        }
        broker.start();
        return broker;
    }

    /** Returns the address for clients. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    public Map<String, Object> config() {
        return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, address());
    }

    public Map<String, Object> config(String name, Object value) {
        Map<String, Object> all = new HashMap<>(config());
        all.put(name, value);
        return all;
    }

    /** Creates a topic with this number of partitions and a replication factor of 1. */
    public void createTopic(String name, int partitions, Map<String, String> config) {
        try (Admin admin = Admin.create(
                config(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(LONGEST.toMillis())))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new IllegalStateException("could not create the topic " + name, failed);
        }
    }

    public void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    @Override
    List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dkafka.logs.dir=" + folder(),
                "-Dlogback.configurationFile=" + folder().resolve("logback.xml"),
                "-cp",
                System.getProperty("java.class.path"),
                "kafka.Kafka",
                properties.toString());
    }

    @Override
    boolean answers() {
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()))) {
            return channel.isConnected() && isUp();
        } catch (IOException notYet) {
            return false;
        }
    }

    private boolean isUp() {
        try (Admin admin = Admin.create(config(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 5000))) {
            return !admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).isEmpty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | KafkaException notYet) {
            return false;
        }
    }
}
