package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.reflection.Methods;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Two participants, stock and payment, of which nobody knows more than the test says. */
final class FakeDirectory implements Directory {
    volatile Methods methods = target -> {
        throw Refusal.of(ErrorCode.NO_DESCRIPTORS, target + " has no descriptors");
    };

    @Override
    public TargetGuard guard() {
        return new TargetGuard(
                List.of(
                        ParticipantConfig.plaintext("stock", "localhost:7801"),
                        ParticipantConfig.plaintext("payment", "localhost:7802")),
                List.of());
    }

    @Override
    public List<ParticipantStatus> statuses() {
        return List.of(
                new ParticipantStatus("payment", "localhost:7802", 3, 0, "open", false, "no route"),
                new ParticipantStatus("stock", "localhost:7801", 0, 0, "closed", true, ""));
    }

    @Override
    public CompletableFuture<ProbeResult> probe(String name) {
        return name.equals("stock")
                ? CompletableFuture.completedFuture(new ProbeResult(
                        "stock", "localhost:7801", true, true, List.of("shop.v1.StockService/Reserve"), ""))
                : CompletableFuture.failedFuture(
                        Refusal.of(ErrorCode.PARTICIPANT_UNKNOWN, "participant '" + name + "' is not configured"));
    }

    @Override
    public Methods methods() {
        return target -> methods.require(target);
    }
}
