package dev.entente.server.console;

import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * The participant for which a parked transaction waits.
 *
 * @param seen the participant as this coordinator sees it, or the result of a probe
 * @param isProbed whether the user has just probed the participant
 */
public record AwaitedParticipant(String name, ApiResult<Participant> seen, boolean isProbed) {
    /** Probes the participant of a form, otherwise looks for it in the list. Null if the page shows none. Blocks. */
    static @Nullable AwaitedParticipant of(Transaction transaction, Frame frame, ApiCalls api) {
        String name = transaction.getWaiting().getParticipant();
        if (!transaction.hasParked() || name.isEmpty() || !frame.visitor().isOperator()) {
            return null;
        }
        if (!frame.query().get("probe").isEmpty()) {
            ProbeParticipantRequest request =
                    ProbeParticipantRequest.newBuilder().setName(name).build();
            return new AwaitedParticipant(
                    name, api.carryOut(OperatorServiceGrpc.getProbeParticipantMethod(), request), true);
        }
        var listed = api.askShared(
                        OperatorServiceGrpc.getListParticipantsMethod(), ListParticipantsRequest.getDefaultInstance())
                .get();
        Participant unknown = Participant.newBuilder().setName(name).build();
        return new AwaitedParticipant(
                name,
                listed.map(all -> all.getParticipantsList().stream()
                        .filter(one -> one.getName().equals(name))
                        .findFirst()
                        .orElse(unknown)),
                false);
    }

    /** Returns the result of the probe, or the state of the circuit. */
    public Badge badge(Participant participant, Texts texts) {
        if (isProbed) {
            return participant.getReachable()
                    ? new Badge(StatusStyle.GOOD, texts.of("probe.there"))
                    : new Badge(StatusStyle.BAD, texts.of("probe.not-there"));
        }
        Badge circuit = Badge.ofCircuit(participant.getCircuit(), texts);
        return new Badge(circuit.tone(), texts.of("pair", texts.of("participant.circuit"), circuit.text()));
    }

    /** Returns the time since which there is no response, in words; empty if the last call had a response. */
    public String unanswered(Participant participant, Frame frame) {
        if (!participant.hasUnansweredSince() || (isProbed && participant.getReachable())) {
            return "";
        }
        DisplayedTime since = DisplayedTime.of(participant.getUnansweredSince(), frame.now(), frame.texts());
        return frame.t("attention.unanswered", since.clock(), since.relative());
    }
}
