package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Verifies the time limit of a proof: one minute in both directions. */
class PeerProofAgeTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final String METHOD = "a.Service/Method";
    private static final Caller CALLER =
            new Caller("root", "10.0.0.1", Set.of(Access.ADMIN), null, true, false, null, null);

    private static PeerProof of(String node, Instant time) {
        Seal seal = new Seal(PeerProof.PURPOSE, List.of(new SigningKey(1, new byte[32])));
        return new PeerProof(node, seal, () -> time);
    }

    /** Checks a proof of noon at this distance from noon. */
    private static String checked(int seconds) throws PeerProof.RefusedProof {
        String proof = of("node-a", NOON).of(CALLER, "node-b", METHOD, new byte[0]);
        return of("node-b", NOON.plusSeconds(seconds))
                .check(proof, METHOD, null, null)
                .from();
    }

    @Test
    void a_proof_is_accepted_for_one_minute_before_and_after_its_time() throws PeerProof.RefusedProof {
        for (int seconds : List.of(-60, 0, 60)) {
            assertThat(checked(seconds)).isEqualTo("node-a");
        }
        for (int seconds : List.of(-61, 61)) {
            assertThatThrownBy(() -> checked(seconds))
                    .isInstanceOfSatisfying(
                            PeerProof.RefusedProof.class,
                            refused -> assertThat(refused.whyRefused()).isEqualTo(PeerProof.RefusalReason.STALE));
        }
    }
}
