package dev.entente.server.codec;

import static dev.entente.server.codec.PlanCodecTest.message;
import static dev.entente.server.codec.PlanCodecTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.plan.Limits;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Plan;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Branches that join a TCC transaction later. They are appended to the stored plan and read as a part of the plan. */
class RegisteredBranchTest {
    private static final PlanCodec CODEC = PlanCodec.standard();
    private static final Instant AT = Instant.parse("2026-11-21T10:00:00.123Z");

    @Test
    void a_branch_registered_in_a_plan_with_a_submitter_is_read_back() {
        PlanCodec codec = PlanCodec.standard();
        ByteString begun = PlanBytes.by(
                "shop",
                codec.decode(dev.entente.v1.Plan.newBuilder()
                                .setTcc(Tcc.getDefaultInstance())
                                .build())
                        .encoded());
        PlanCodec.DecodedBranch branch =
                codec.decodeBranch(TccBranch.newBuilder().setId("debit").build());
        ByteString appended = PlanBytes.registeredAt(AT, branch.encoded());
        Plan read = codec.decodeStored(PlanCodec.format(), begun.concat(appended));
        assertThat(read.submitter()).isEqualTo("shop");
        assertThat(read.branches()).containsExactly(codec.registered(begun, appended));
    }

    @Test
    void registered_branches_are_appended_and_the_first_of_a_name_wins() {
        ByteString stored = CODEC.decode(message("""
            {"name":"transfer","defaults":{"max_attempts":7},"tcc":{}}
            """).build()).encoded();
        RandomTransactions random = new RandomTransactions(1);
        ByteString first = registered(random.tccBranch("debit", 1), AT);
        ByteString other = registered(random.tccBranch("debit", 1), AT.plusMillis(1));
        ByteString second = registered(random.tccBranch("credit", 1), AT.plusMillis(2));

        ByteString appended = stored.concat(first).concat(second).concat(other);
        Plan plan = CODEC.decodeStored(PlanCodec.format(), appended);

        assertThat(plan.name()).isEqualTo("transfer");
        assertThat(plan.branches()).extracting(Branch::id).containsExactly("debit", "credit");
        assertThat(plan.branches()).extracting(Branch::registeredAt).containsExactly(AT, AT.plusMillis(2));
        assertThat(CODEC.registered(stored, first)).isEqualTo(plan.branches().get(0));
        assertThat(CODEC.registered(appended, first)).isEqualTo(plan.branches().get(0));
        assertThat(CODEC.registered(appended, other)
                        .isSameRegistration(plan.branches().get(0)))
                .isFalse();
        assertThat(CODEC.registered(appended, second)).isEqualTo(plan.branches().get(1));
    }

    @Test
    void registered_branches_are_distinguished_from_declared_branches() {
        for (boolean isSequential : List.of(true, false)) {
            ByteString stored =
                    CODEC.decode(message("""
                        {"name":"n","tcc":{"sequential":%s,"branches":[{"id":"a"},{"id":"x","parent":"a"},{"id":"b"}]}}
                        """.formatted(isSequential)).build()).encoded();
            TccBranch joining = TccBranch.newBuilder().setId("y").setParent("a").build();

            Plan plan = CODEC.decodeStored(PlanCodec.format(), stored.concat(registered(joining, AT)));

            assertThat(plan.branches()).extracting(Branch::registeredAt).containsExactly(null, null, null, AT);
            assertThat(plan.branches().get(1).after()).containsExactly("a");
            assertThat(plan.branches().get(3).after()).isEmpty();
            assertThat(plan.declared()).isEqualTo(3);
        }
    }

    @Test
    void a_repeated_registration_keeps_its_first_time() {
        TccBranch branch = TccBranch.newBuilder().setId("late").build();
        ByteString once = PlanBytes.registeredAt(AT, CODEC.decodeBranch(branch).encoded());

        assertThat(PlanBytes.registeredAt(AT.plusSeconds(1), once)).isEqualTo(once);
    }

    @Test
    void a_plans_defaults_apply_to_later_registered_branches() {
        ByteString stored = CODEC.decode(message("{\"name\":\"n\",\"defaults\":{\"max_attempts\":7},\"tcc\":{}}")
                        .build())
                .encoded();
        TccBranch.Builder message = TccBranch.newBuilder().setId("a");
        message.getConfirmBuilder().setGrpc("p/s/M");
        ByteString branch = registered(message.build(), AT);

        Branch registered = CODEC.registered(stored, branch);

        assertThat(Objects.requireNonNull(registered.completion()).policy().maxAttempts())
                .isEqualTo(7);
        assertThat(CODEC.decodeStored(PlanCodec.format(), stored.concat(branch)).branches())
                .containsExactly(registered);
    }

    @Test
    void findings_of_a_registered_branch_use_the_requests_field_names() {
        TccBranch.Builder message = TccBranch.newBuilder().setId("a");
        message.getConfirmBuilder().setGrpc("nonsense");
        assertThat(texts(CODEC.decodeBranch(message.build()).check(Limits.STANDARD)))
                .containsExactly("ENT-001 tcc.confirm.grpc", "ENT-012 tcc.cancel");
    }

    private static ByteString registered(TccBranch branch, Instant at) {
        return PlanBytes.registeredAt(at, CODEC.decodeBranch(branch).encoded());
    }
}
