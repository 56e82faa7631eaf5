package dev.entente.server.participant.grpc;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.reflection.Look;
import dev.entente.server.participant.reflection.Reflection;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Looks whether a participant is there and what it offers. */
final class Probe {
    private final GrpcParticipant participant;

    Probe(GrpcParticipant participant) {
        this.participant = participant;
    }

    /** Blocks for up to some seconds: for a virtual thread. What it finds about the link, the circuit learns. */
    ProbeResult look() {
        try {
            SortedSet<String> methods = participant.reflection().ask(Probe::methods);
            participant.circuit().report(Circuit.Link.ANSWERED);
            return result(true, true, List.copyOf(methods), "");
        } catch (Look.Exceeded e) {
            participant.circuit().report(Circuit.Link.ANSWERED);
            return result(true, true, List.of(), e.why());
        } catch (Reflection.Crowded e) {
            return result(false, false, List.of(), "many others ask it at this moment; probe it again later");
        } catch (StatusException e) {
            return withoutReflection(e);
        } catch (DescriptorValidationException e) {
            return result(true, true, List.of(), "its descriptors contradict themselves: " + e.getMessage());
        }
    }

    private static SortedSet<String> methods(Look look) throws StatusException, DescriptorValidationException {
        SortedSet<String> methods = new TreeSet<>();
        for (String service : look.services()) {
            if (!service.startsWith("grpc.reflection.")) {
                methods.addAll(look.filesOf(service).methodsOf(service));
            }
        }
        return methods;
    }

    private ProbeResult withoutReflection(StatusException e) {
        Status status = e.getStatus();
        if (isAway(status)) {
            return result(false, false, List.of(), "it cannot be reached: " + OutcomeTable.detail(status));
        }
        participant.circuit().report(Circuit.Link.ANSWERED);
        String error = status.getCode() == Status.Code.UNIMPLEMENTED
                ? "it does not offer reflection"
                : "its reflection answers " + OutcomeTable.detail(status);
        return result(true, false, List.of(), error);
    }

    static boolean isAway(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    /** Texts are the participant's own: what a terminal obeys is written out. */
    private ProbeResult result(boolean reachable, boolean reflection, List<String> methods, String error) {
        return new ProbeResult(
                participant.name(),
                participant.config().target(),
                reachable,
                reflection,
                methods.stream().map(VisibleText::of).toList(),
                VisibleText.of(error));
    }
}
