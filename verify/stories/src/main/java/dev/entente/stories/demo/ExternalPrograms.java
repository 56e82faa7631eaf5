package dev.entente.stories.demo;

import dev.entente.backends.KafkaBroker;
import dev.entente.backends.RedisServer;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.Playground;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The external programs that some scenarios need. They stop with the playground. */
record ExternalPrograms(
        @Nullable RedisServer startedRedis, @Nullable KafkaBroker startedKafka) {
    /** A program that starts before the coordinator. */
    enum Part {
        REDIS,
        KAFKA
    }

    /** Starts these programs. Blocks. */
    static ExternalPrograms start(Set<Part> wanted, Playground playground) throws IOException, InterruptedException {
        RedisServer redis = wanted.contains(Part.REDIS) ? playground.keep(new RedisServer()) : null;
        KafkaBroker kafka = wanted.contains(Part.KAFKA) ? playground.keep(new KafkaBroker()) : null;
        if (redis != null) {
            try {
                redis.start();
            } catch (IOException missing) {
                throw new ChildFailure(String.valueOf(missing.getMessage()), 1);
            }
        }
        if (kafka != null) {
            kafka.start();
        }
        return new ExternalPrograms(redis, kafka);
    }

    RedisServer redis() {
        return started(startedRedis);
    }

    KafkaBroker kafka() {
        return started(startedKafka);
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the scenario does not declare that it needs this program");
        }
        return part;
    }

    /** Returns the coordinator's settings for plans that send records. */
    Map<String, String> configuration() {
        return startedKafka == null
                ? Map.of()
                : Map.of(
                        "participants.events.target",
                        "kafka://" + startedKafka.address(),
                        "connectors.directory",
                        ServerJar.find()
                                .resolve("../../../integrations/kafka-connector/target/connectors")
                                .normalize()
                                .toString());
    }
}
