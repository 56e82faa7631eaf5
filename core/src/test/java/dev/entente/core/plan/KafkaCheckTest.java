package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of records that operations send to Kafka. */
class KafkaCheckTest {
    private static final String AT = "ENT-001 plan.saga.steps[0].action.kafka";

    private static List<String> of(String connector, String topic, String key, Map<String, String> headers) {
        Operation operation = new Operation(
                new Target.Kafka(connector, topic, key, headers),
                ByteString.copyFromUtf8("any bytes"),
                List.of(),
                CallPolicy.standard(Role.FORWARD));
        return found(saga(withForward(step("a"), operation)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "Orders.v1", "a_b-c", "_one"})
    void a_valid_topic_name_is_accepted(String topic) {
        assertThat(of("events", topic, "", Map.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ö", "__consumer_offsets"})
    void an_invalid_topic_name_is_refused(String topic) {
        assertThat(of("events", topic, "", Map.of())).containsExactly(AT + ".topic");
    }

    @Test
    void a_topic_has_at_most_249_characters_and_a_key_256() {
        assertThat(of("events", "t".repeat(249), "k".repeat(256), Map.of())).isEmpty();
        assertThat(of("events", "t".repeat(250), "", Map.of())).containsExactly(AT + ".topic");
        assertThat(of("events", "t", "k".repeat(257), Map.of())).containsExactly(AT + ".key");
    }

    @Test
    void a_connector_is_required() {
        assertThat(of("", "orders", "", Map.of())).containsExactly(AT + ".connector");
    }

    @ParameterizedTest
    @ValueSource(strings = {"entente-gid", "idempotency-key", "traceparent", "X-Shop", "", "a b"})
    void a_reserved_or_invalid_header_is_refused(String name) {
        assertThat(of("events", "orders", "", Map.of(name, "v"))).containsExactly(AT + ".headers");
    }
}
