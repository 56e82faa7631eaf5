package dev.entente.server.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Role;
import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A default that is said and one that is left out are one content; any other value is another. */
class CanonicalPlanTest {
    private static final PlanCodec CODEC = PlanCodec.standard();

    /** A plan in which {@code @} stands for what is said or left out. */
    private record Case(String plan, String said, String other) {
        Case(String plan, String said) {
            this(plan, said, "");
        }
    }

    private static final String ACTION = "{\"saga\":{\"steps\":[{\"id\":\"a\",\"noUndo\":true,\"action\":{%s}}]}}";
    private static final String HTTP = ACTION.formatted("\"http\":{\"participant\":\"p\",\"path\":\"/x\"@}");
    private static final String FORWARD = ACTION.formatted("\"grpc\":\"p/s/M\"@");
    private static final String COMPENSATE = """
        {"saga":{"steps":[{"id":"a","action":{"grpc":"p/s/M"},"compensate":{"grpc":"p/s/M"@}}]}}\
        """;
    private static final String TCC = """
        {"tcc":{"branches":[{"id":"a","try":{"grpc":"p/s/M"},"confirm":{"grpc":"p/s/M"@},"cancel":{"grpc":"p/s/M"}}]}}\
        """;
    private static final String XA = """
        {"twoPhase":{"branches":[{"id":"a","prepare":{"grpc":"p/s/M"},"commit":{"grpc":"p/s/M"},\
        "rollback":{"grpc":"p/s/M"@}}]}}\
        """;
    private static final String NOTIFICATION = """
        {"notification":{"deliver":{"http":{"participant":"p","path":"/x"}@}}}\
        """;
    private static final String MESSAGE = """
        {"message":{"deliveries":[{"grpc":"p/s/M"@}]}}\
        """;
    private static final String CHECK_BACK = """
        {"message":{"deliveries":[{"grpc":"p/s/M"}],"checkBack":{"grpc":"p/s/Check"}@}}\
        """;
    private static final String NOTIFYING_STEP = """
        {"saga":{"steps":[{"id":"n","noUndo":true,\
        "notification":{"deliver":{"http":{"participant":"p","path":"/x"}@}}}]}}\
        """;
    private static final String MESSAGE_STEP = """
        {"saga":{"steps":[{"id":"m","noUndo":true,"message":{"deliveries":[{"topic":"t"@}]}}]}}\
        """;
    private static final String APPROVAL = """
        {"saga":{"steps":[{"id":"ask","approval":{"within":"60s"@}}]}}\
        """;
    private static final String APPROVAL_STEP = """
        {"saga":{"steps":[{"id":"ask","approval":{"within":"60s"}@}]}}\
        """;
    private static final String DEFAULTS = """
        {@"saga":{"steps":[{"id":"a","noUndo":true,"action":{"grpc":"p/s/M"}}]}}\
        """;
    private static final String SCHEDULED = """
        {"defaults":{"schedule":["1s","2s"]},"notification":{"deliver":{"grpc":"p/s/M"@}}}\
        """;
    private static final String SEQUENCE = """
        {"saga":{"steps":[{"id":"a","noUndo":true,"action":{"grpc":"p/s/M"}},
          {"id":"b","noUndo":true,"action":{"grpc":"p/s/M"}@},{"id":"c","noUndo":true,"action":{"grpc":"p/s/M"}%}]}}\
        """;
    private static final String BOUND = """
        {"saga":{"steps":[{"id":"a","noUndo":true,"action":{"grpc":"p/s/M"}},
          {"id":"b","noUndo":true,"action":{"grpc":"p/s/M","bind":[{"from":"a","fromPath":"1","toPath":"2"@}]}}]}}\
        """;

    private static final List<Case> CASES = List.of(
            new Case(HTTP, ",\"method\":\"POST\"", ",\"method\":\"PUT\""),
            new Case(HTTP, ",\"headers\":{}", ",\"headers\":{\"x\":\"y\"}"),
            new Case(FORWARD, ",\"raw\":\"\"", ",\"raw\":\"CAE=\""),
            new Case(FORWARD, ",\"policy\":{}"),
            new Case(FORWARD, ",\"bind\":[]"),
            new Case(FORWARD, ",\"policy\":{\"timeout\":\"30s\"}", ",\"policy\":{\"timeout\":\"31s\"}"),
            new Case(FORWARD, ",\"policy\":{\"maxAttempts\":5}", ",\"policy\":{\"maxAttempts\":20}"),
            new Case(COMPENSATE, ",\"policy\":{\"maxAttempts\":20}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(TCC, ",\"policy\":{\"maxAttempts\":20}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(XA, ",\"policy\":{\"firstBackoff\":\"1s\"}", ",\"policy\":{\"firstBackoff\":\"2s\"}"),
            new Case(NOTIFICATION, ",\"policy\":{\"maxAttempts\":10}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(NOTIFYING_STEP, ",\"policy\":{\"maxAttempts\":10}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(MESSAGE, ",\"policy\":{\"maxAttempts\":20}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(MESSAGE_STEP, ",\"policy\":{\"maxAttempts\":20}", ",\"policy\":{\"maxAttempts\":5}"),
            new Case(FORWARD, ",\"policy\":{\"maxBackoff\":\"300s\"}", ",\"policy\":{\"maxBackoff\":\"200s\"}"),
            new Case(FORWARD, ",\"policy\":{\"multiplier\":2}", ",\"policy\":{\"multiplier\":3}"),
            new Case(FORWARD, ",\"policy\":{\"schedule\":[]}", ",\"policy\":{\"schedule\":[\"1s\"]}"),
            new Case(SCHEDULED, ",\"policy\":{\"schedule\":[\"1s\",\"2s\"]}", ",\"policy\":{\"multiplier\":2}"),
            new Case(SCHEDULED, ",\"policy\":{\"maxAttempts\":3}", ",\"policy\":{\"maxAttempts\":4}"),
            new Case(DEFAULTS, "\"defaults\":{},", "\"defaults\":{\"maxAttempts\":5},"),
            new Case(
                    DEFAULTS,
                    "\"defaults\":{\"timeout\":\"30s\",\"multiplier\":2},",
                    "\"defaults\":{\"timeout\":\"9s\"},"),
            new Case(CHECK_BACK, ",\"checkBackPolicy\":{}", ",\"checkBackPolicy\":{\"limit\":2}"),
            new Case(
                    CHECK_BACK,
                    ",\"checkBackPolicy\":{\"firstAfter\":\"10s\",\"every\":\"10s\",\"limit\":15}",
                    ",\"checkBackPolicy\":{\"firstAfter\":\"11s\",\"every\":\"10s\",\"limit\":15}"),
            new Case(APPROVAL, ",\"onExpiry\":\"REJECT\"", ",\"onExpiry\":\"PARK\""),
            new Case(APPROVAL_STEP, ",\"noUndo\":true"),
            new Case(BOUND, ",\"fromOp\":\"action\"", ",\"fromOp\":\"compensate\""),
            new Case(BOUND, ",\"required\":false", ",\"required\":true"));

    private static Plan plan(String json) {
        Plan.Builder plan = Plan.newBuilder();
        try {
            JsonFormat.parser().merge(json, plan);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(json, e);
        }
        return plan.build();
    }

    private static ByteString digest(String json) {
        return CODEC.decode(plan(json)).digest();
    }

    @Test
    void a_default_said_and_unsaid_is_one_content_and_another_value_is_another() {
        for (Case each : CASES) {
            ByteString unsaid = digest(each.plan().replace("@", ""));
            assertThat(digest(each.plan().replace("@", each.said())))
                    .as(each.said())
                    .isEqualTo(unsaid);
            if (!each.other().isEmpty()) {
                assertThat(digest(each.plan().replace("@", each.other())))
                        .as(each.other())
                        .isNotEqualTo(unsaid);
            }
        }
    }

    @Test
    void the_name_of_a_header_has_no_case_and_its_value_has_one() {
        ByteString lower = digest(HTTP.replace("@", ",\"headers\":{\"x-shop\":\"Blue\",\"Accept\":\"a/b\"}"));
        assertThat(digest(HTTP.replace("@", ",\"headers\":{\"X-Shop\":\"Blue\",\"accept\":\"a/b\"}")))
                .isEqualTo(lower);
        assertThat(digest(HTTP.replace("@", ",\"headers\":{\"x-shop\":\"blue\",\"Accept\":\"a/b\"}")))
                .isNotEqualTo(lower);
        ByteString both = digest(HTTP.replace("@", ",\"headers\":{\"X\":\"1\",\"x\":\"2\"}"));
        assertThat(digest(HTTP.replace("@", ",\"headers\":{\"X\":\"1\"}"))).isNotEqualTo(both);
        assertThat(digest(HTTP.replace("@", ",\"headers\":{\"x\":\"2\"}"))).isNotEqualTo(both);
    }

    @Test
    void a_sequence_may_be_written_out_and_a_graph_is_another_content() {
        ByteString unsaid = digest(SEQUENCE.replace("@", "").replace("%", ""));
        assertThat(digest(SEQUENCE.replace("@", ",\"after\":[\"a\"]").replace("%", ",\"after\":[\"b\"]")))
                .isEqualTo(unsaid);
        assertThat(digest(SEQUENCE.replace("@", ",\"after\":[\"a\"]").replace("%", ",\"after\":[\"a\"]")))
                .isNotEqualTo(unsaid);
        assertThat(digest(SEQUENCE.replace("@", "").replace("%", ",\"after\":[\"b\"]")))
                .isNotEqualTo(unsaid);
    }

    @Test
    void the_deadline_of_what_is_begun_is_sixty_seconds_said_or_not() {
        Plan unsaid = plan("{\"name\":\"transfer\",\"tcc\":{}}");
        Plan said = plan("{\"name\":\"transfer\",\"deadline\":\"60s\",\"tcc\":{}}");
        Plan other = plan("{\"name\":\"transfer\",\"deadline\":\"61s\",\"tcc\":{}}");
        assertThat(CODEC.decodeBegun(said).digest())
                .isEqualTo(CODEC.decodeBegun(unsaid).digest());
        assertThat(CODEC.decodeBegun(other).digest())
                .isNotEqualTo(CODEC.decodeBegun(unsaid).digest());
        assertThat(CODEC.decode(said).digest())
                .isNotEqualTo(CODEC.decode(unsaid).digest());
    }

    @Test
    void the_digest_does_not_depend_on_what_this_coordinator_has_configured() {
        CallPolicy patient = CallPolicy.standard(Role.FORWARD).withSchedule(List.of(Duration.ofHours(1)));
        PlanCodec configured = new PlanCodec(patient, patient, patient);
        for (long seed = 0; seed < 200; seed++) {
            Plan plan = new RandomTransactions(seed).plan();
            assertThat(configured.decode(plan).digest())
                    .as("seed %d", seed)
                    .isEqualTo(CODEC.decode(plan).digest());
        }
    }

    @Test
    void what_is_left_out_changes_nothing_of_what_the_plan_means() {
        for (long seed = 0; seed < 1000; seed++) {
            Plan plan = new RandomTransactions(seed).plan();
            Plan canonical = CanonicalPlan.of(plan, false);
            assertThat(CODEC.decode(canonical).plan())
                    .as("seed %d", seed)
                    .isEqualTo(CODEC.decode(plan).plan());
            assertThat(CanonicalPlan.of(canonical, false)).as("seed %d", seed).isEqualTo(canonical);
        }
    }
}
