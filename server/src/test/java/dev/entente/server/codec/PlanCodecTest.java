package dev.entente.server.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Limits;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.codec.PlanCodec.Decoded;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Plans of the API: decoding with defaults and findings, storage, and reading back. */
class PlanCodecTest {
    private static final PlanCodec CODEC = PlanCodec.standard();
    private static final ByteString TRACE =
            ByteString.fromHex("0af7651916cd43dd8448eb211c80319c" + "b7ad6b7169203331" + "01");
    private static final CallPolicy FORWARD = CallPolicy.standard(Role.FORWARD);
    private static final CallPolicy SETTLING = CallPolicy.standard(Role.UNDO);
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    @Test
    void the_submitter_is_appended_to_the_stored_plan_and_omitted_if_unknown() {
        for (long seed = 0; seed < 200; seed++) {
            PlanCodec.Decoded decoded = PlanCodec.standard().decode(new RandomTransactions(seed).plan());
            assertThat(PlanBytes.by(null, decoded.encoded())).isSameAs(decoded.encoded());
            ByteString stored = PlanBytes.by("shop", decoded.encoded());
            assertThat(PlanCodec.standard().decodeStored(PlanCodec.format(), stored))
                    .as("seed %d", seed)
                    .isEqualTo(decoded.plan().by("shop"));
        }
    }

    @Test
    void a_trace_context_adds_28_bytes_and_a_finished_row_keeps_the_trace_id_in_19_bytes() {
        for (long seed = 0; seed < 200; seed++) {
            Decoded plain = CODEC.decode(new RandomTransactions(seed).plan());
            Decoded traced = plain.by(null, TRACE);
            assertThat(plain.by(null, null).encoded()).isSameAs(plain.encoded());
            assertThat(traced.encoded().size()).isEqualTo(plain.encoded().size() + 28);
            assertThat(traced.digest()).isEqualTo(plain.digest());
            Plan read = CODEC.decodeStored(PlanCodec.format(), traced.encoded());
            assertThat(read)
                    .as("seed %d", seed)
                    .isEqualTo(traced.plan())
                    .isEqualTo(plain.plan().in(TRACE));

            ByteString ended = PlanCodec.encodeEnded(read, false);
            assertThat(ended.size())
                    .isEqualTo(PlanCodec.encodeEnded(plain.plan(), false).size() + 19);
            assertThat(PlanCodec.decodeEnded(ended, read.name()).trace()).isEqualTo(TRACE.substring(0, 16));
        }
    }

    @Test
    void a_trace_context_of_another_length_is_damage() {
        ByteString stored = CODEC.decode(new RandomTransactions(1).plan()).encoded();
        assertThatThrownBy(() -> CODEC.decodeStored(PlanCodec.format(), PlanBytes.in(TRACE.substring(0, 16), stored)))
                .isInstanceOf(UnreadableRow.class)
                .hasMessageContaining("16 bytes");
    }

    @Test
    void a_child_has_the_submitter_and_the_trace_of_its_parent() {
        Decoded parent = CODEC.decode(SamplePlans.json("""
            {"name":"checkout","saga":{"steps":[{"id":"tell","noUndo":true,
              "message":{"deliveries":[{"grpc":"mail/shop.v1.Mail/Send"}]}}]}}
            """)).by("shop", TRACE);
        Branch step = parent.plan().branches().getFirst();

        Decoded child = CODEC.child(parent.plan(), step, step.forward().body());

        assertThat(CODEC.decodeStored(PlanCodec.format(), child.encoded()))
                .isEqualTo(child.plan())
                .extracting(Plan::submitter, Plan::trace)
                .containsExactly("shop", TRACE);
    }

    @Test
    void a_plan_that_names_its_own_submitter_is_refused() throws Exception {
        ByteString forged =
                PlanBytes.by("someone", new RandomTransactions(1).plan().toByteString());
        assertThat(PlanCodec.standard()
                        .decode(dev.entente.v1.Plan.parseFrom(forged))
                        .findings())
                .anySatisfy(finding -> assertThat(finding.message()).contains("1000"));
    }

    @Test
    void a_saga_gets_its_defaults_and_its_order() {
        Plan plan = plan("""
            {"gid":"order-4711","name":"checkout","deadline":"300s","labels":{"customer":"42"},"result_branch":"pay",
             "saga":{"steps":[
              {"id":"reserve","action":{"grpc":"stock/shop.v1.StockService/Reserve","raw":"CAE="},
               "compensate":{"grpc":"stock/shop.v1.StockService/Release"}},
              {"id":"pay","action":{"grpc":"payment/shop.v1.PaymentService/Charge"},
               "compensate":{"grpc":"payment/shop.v1.PaymentService/Refund",
                             "bind":[{"from":"pay","from_path":"3.1","to_path":"2","required":true}]}},
              {"id":"ship","pivot":true,"no_undo":true,"action":{"grpc":"shipping/shop.v1.ShippingService/Create"}}]}}
            """);

        assertThat(plan.pattern()).isEqualTo(Pattern.SAGA);
        assertThat(plan.name()).isEqualTo("checkout");
        assertThat(plan.deadline()).isEqualTo(Duration.ofMinutes(5));
        assertThat(plan.labels()).isEqualTo(Map.of("customer", "42"));
        assertThat(plan.resultBranch()).isEqualTo("pay");
        assertThat(plan.startTime()).isNull();
        Branch reserve = plan.branches().get(0);
        assertThat(reserve.after()).isEmpty();
        assertThat(reserve.forward())
                .isEqualTo(new Operation(
                        new Target.Grpc("stock", "shop.v1.StockService/Reserve"),
                        ByteString.copyFrom(new byte[] {8, 1}),
                        List.of(),
                        FORWARD));
        assertThat(Objects.requireNonNull(reserve.undo()).policy()).isEqualTo(SETTLING);
        Branch pay = plan.branches().get(1);
        assertThat(pay.after()).containsExactly("reserve");
        assertThat(Objects.requireNonNull(pay.undo()).bindings())
                .containsExactly(new Binding(
                        "pay", Role.FORWARD, new FieldPath(List.of(3, 1)), new FieldPath(List.of(2)), true));
        Branch ship = plan.branches().get(2);
        assertThat(ship.after()).containsExactly("pay");
        assertThat(ship.pivot()).isTrue();
        assertThat(ship.undo()).isNull();
        assertThat(ship.completion()).isNull();
    }

    @Test
    void if_any_step_has_after_the_steps_without_after_are_roots() {
        Plan plan = plan("""
            {"name":"n","saga":{"steps":[{"id":"a","no_undo":true},{"id":"b","no_undo":true},
             {"id":"c","no_undo":true,"after":["a","b"]}]}}
            """);
        assertThat(plan.branches()).extracting(Branch::after).containsExactly(List.of(), List.of(), List.of("a", "b"));
    }

    @Test
    void tries_run_in_parallel_unless_sequential_and_nested_branches_have_paths() {
        String branches = """
            "branches":[{"id":"hotel"},{"id":"room","parent":"hotel"},{"id":"bed","parent":"hotel/room"},
            {"id":"flight"}]
            """;
        Plan together = plan("{\"name\":\"n\",\"tcc\":{" + branches + "}}");
        assertThat(together.branches())
                .extracting(Branch::after)
                .containsExactly(List.of(), List.of("hotel"), List.of("hotel/room"), List.of());
        assertThat(together.branches())
                .extracting(Branch::id)
                .containsExactly("hotel", "hotel/room", "hotel/room/bed", "flight");
        assertThat(together.branches()).extracting(Branch::parent).containsExactly(null, "hotel", "hotel/room", null);
        Plan sequential = plan("{\"name\":\"n\",\"tcc\":{\"sequential\":true," + branches + "}}");
        assertThat(sequential.branches())
                .extracting(Branch::after)
                .containsExactly(List.of(), List.of("hotel"), List.of("hotel/room"), List.of("hotel/room/bed"));
    }

    @Test
    void each_policy_field_comes_from_the_nearest_policy_that_sets_it() {
        Plan plan = plan("""
            {"name":"n","defaults":{"timeout":"7s","max_attempts":9},"saga":{"steps":[
             {"id":"a","action":{"grpc":"p/s/M","policy":{"max_attempts":3,"multiplier":1.5}},
              "compensate":{"grpc":"p/s/M"}}]}}
            """);
        Branch a = plan.branches().getFirst();
        assertThat(a.forward().policy())
                .isEqualTo(new CallPolicy(Duration.ofSeconds(7), 3, FORWARD.firstBackoff(), FORWARD.maxBackoff(), 1.5));
        assertThat(Objects.requireNonNull(a.undo()).policy())
                .isEqualTo(new CallPolicy(Duration.ofSeconds(7), 9, SETTLING.firstBackoff(), SETTLING.maxBackoff(), 2));
    }

    @Test
    void each_unrepresentable_element_of_a_plan_is_a_finding() {
        assertThat(found("{\"saga\":{\"steps\":[{\"id\":\"a\"}]}}")).containsExactly("ENT-020 plan.saga.steps[0]");
        assertThat(found(
                        "{\"saga\":{\"steps\":[{\"id\":\"a\",\"no_undo\":true,\"compensate\":{\"grpc\":\"p/s/M\"}}]}}"))
                .containsExactly("ENT-020 plan.saga.steps[0]");
        for (String target :
                List.of("stock", "stock/", "/s/M", "stock/s", "stock/s/", "stock//M", "stock/s/M/x", "p/s/a b")) {
            assertThat(foundIn("\"grpc\":\"" + target + "\"")).as(target).containsExactly("ENT-001 .grpc");
        }
        assertThat(foundIn("\"grpc\":\"p/s/M\",\"json\":{}")).containsExactly("ENT-025 .json");
        for (String path : List.of("payment_id", "1.", ".1", "0", "1.-2", "19000", "536870912", "99999999999")) {
            assertThat(foundIn("\"grpc\":\"p/s/M\",\"bind\":[{\"from\":\"a\",\"from_path\":\"" + path + "\"}]"))
                    .as(path)
                    .containsExactly("ENT-019 .bind[0].from_path");
        }
        assertThat(foundIn("\"grpc\":\"p/s/M\",\"bind\":[{\"from\":\"a\",\"from_op\":\"try\"}]"))
                .containsExactly("ENT-018 .bind[0].from_op");
    }

    @Test
    void invalid_times_are_findings() {
        dev.entente.v1.Plan.Builder plan = dev.entente.v1.Plan.newBuilder();
        plan.getDeadlineBuilder().setSeconds(Long.MAX_VALUE);
        plan.getStartTimeBuilder().setNanos(-1);
        plan.getDefaultsBuilder().getTimeoutBuilder().setNanos(Integer.MIN_VALUE);
        assertThat(texts(CODEC.decode(plan.build()).findings()))
                .containsExactly("ENT-022 plan.defaults.timeout", "ENT-022 plan.deadline", "ENT-001 plan.start_time");
    }

    @Test
    void an_unknown_field_of_a_newer_client_is_a_finding() {
        UnknownFieldSet approval = UnknownFieldSet.newBuilder()
                .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();
        dev.entente.v1.Plan.Builder plan = message("{\"saga\":{\"steps\":[{\"id\":\"a\",\"no_undo\":true}]}}");
        plan.getSagaBuilder().getStepsBuilder(0).setUnknownFields(approval);
        assertThat(CODEC.decode(plan.build()).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("plan.saga.steps[0]");
            assertThat(finding.message()).contains("[3]");
        });
    }

    @Test
    void a_check_reports_findings_of_the_message_and_of_the_decoded_plan() {
        Decoded decoded =
                CODEC.decode(message("{\"saga\":{\"steps\":[{\"id\":\"A\"}]}}").build());
        assertThat(texts(decoded.check(Limits.STANDARD, NOW, false)))
                .containsExactly(
                        "ENT-020 plan.saga.steps[0]",
                        "ENT-011 plan.name",
                        "ENT-011 plan.saga.steps[0].id",
                        "ENT-012 plan.saga.steps[0].action");
        Limits small = new Limits(1 << 20, 5, 256, 16, 1 << 20, Duration.ofDays(30));
        assertThat(texts(decoded.check(small, NOW, false))).contains("ENT-023 plan");
        Decoded begun =
                CODEC.decode(message("{\"name\":\"transfer\",\"tcc\":{}}").build());
        assertThat(begun.checkBegun(Limits.STANDARD, NOW)).isEmpty();
    }

    @Test
    void the_digest_covers_the_content_without_gid_and_label_order() {
        dev.entente.v1.Plan one = dev.entente.v1.Plan.newBuilder()
                .setGid("a")
                .putLabels("x", "1")
                .putLabels("y", "2")
                .build();
        dev.entente.v1.Plan same = dev.entente.v1.Plan.newBuilder()
                .setGid("b")
                .putLabels("y", "2")
                .putLabels("x", "1")
                .build();
        dev.entente.v1.Plan other = one.toBuilder().putLabels("x", "2").build();
        assertThat(CODEC.decode(one).digest()).isEqualTo(CODEC.decode(same).digest());
        assertThat(CODEC.decode(one).digest().size()).isEqualTo(16);
        assertThat(CODEC.decode(one).digest()).isNotEqualTo(CODEC.decode(other).digest());
    }

    @Test
    void the_stored_plan_equals_the_message_without_its_gid() {
        for (String gid : List.of("", "g", "order-4711", "größer als ASCII 漢字", "x".repeat(200))) {
            dev.entente.v1.Plan plan = dev.entente.v1.Plan.newBuilder()
                    .setGid(gid)
                    .setName("checkout")
                    .putLabels("region", "north")
                    .build();
            assertThat(PlanBytes.encode(plan))
                    .isEqualTo(plan.toBuilder().clearGid().build().toByteString());
        }
    }

    @Test
    void a_target_accepted_by_earlier_versions_is_refused_and_still_readable() {
        for (String call :
                List.of("\"grpc\":\"stock/../x\"", "\"http\":{\"participant\":\"stock\",\"path\":\"/..%20/x\"}")) {
            Decoded decoded = CODEC.decode(
                    message("{\"saga\":{\"steps\":[{\"id\":\"a\",\"no_undo\":true,\"action\":{" + call + "}}]}}")
                            .build());
            assertThat(texts(decoded.check(Limits.STANDARD, Instant.EPOCH, false)))
                    .anyMatch(finding -> finding.startsWith("ENT-001 plan.saga.steps[0].action."));
            assertThat(PlanCodec.standard().decodeStored(PlanCodec.format(), decoded.encoded()))
                    .isEqualTo(decoded.plan());
        }
    }

    @Test
    void a_stored_plan_is_read_back_unchanged() throws Exception {
        for (long seed = 0; seed < 1_000; seed++) {
            dev.entente.v1.Plan message = new RandomTransactions(seed).plan();
            Decoded decoded = CODEC.decode(message);
            assertThat(decoded.findings()).as("seed %d", seed).isEmpty();
            assertThat(CODEC.decodeStored(PlanCodec.format(), decoded.encoded()))
                    .as("seed %d", seed)
                    .isEqualTo(decoded.plan());
            assertThat(dev.entente.v1.Plan.parseFrom(decoded.encoded()))
                    .isEqualTo(message.toBuilder().clearGid().build());
        }
    }

    @Test
    void an_unknown_format_and_damaged_bytes_are_unreadable() {
        ByteString stored = CODEC.decode(new RandomTransactions(3).plan()).encoded();
        assertThatThrownBy(() -> CODEC.decodeStored(PlanCodec.format() + 1, stored))
                .isInstanceOf(UnreadableRow.class)
                .hasMessageContaining("format " + (PlanCodec.format() + 1));
        assertThatThrownBy(() -> CODEC.decodeStored(1, stored.concat(ByteString.copyFrom(new byte[] {0x0a}))))
                .isInstanceOf(UnreadableRow.class);
        for (long seed = 0; seed < 2_000; seed++) {
            readOrRefuse(damaged(stored, new Random(seed)));
        }
    }

    private static void readOrRefuse(ByteString bytes) {
        try {
            assertThat(CODEC.decodeStored(1, bytes).branches()).isNotNull();
        } catch (UnreadableRow expected) {
            assertThat(expected).hasMessageContaining("damaged");
        }
    }

    static ByteString damaged(ByteString bytes, Random random) {
        byte[] damaged = bytes.toByteArray();
        for (int i = 0; i < 3 && damaged.length > 0; i++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        return ByteString.copyFrom(damaged);
    }

    private static List<String> foundIn(String operation) {
        String prefix = "plan.saga.steps[0].action";
        return found("{\"saga\":{\"steps\":[{\"id\":\"a\",\"no_undo\":true,\"action\":{" + operation + "}}]}}").stream()
                .map(text -> text.replace(prefix, ""))
                .toList();
    }

    private static List<String> found(String json) {
        return texts(CODEC.decode(message(json).build()).findings());
    }

    static List<String> texts(List<Finding> findings) {
        return findings.stream()
                .map(finding -> finding.code().id() + " " + finding.field())
                .toList();
    }

    private static Plan plan(String json) {
        Decoded decoded = CODEC.decode(message(json).build());
        assertThat(decoded.findings()).isEmpty();
        return decoded.plan();
    }

    static dev.entente.v1.Plan.Builder message(String json) {
        return SamplePlans.json(json).toBuilder();
    }
}
