package dev.entente.server.codec;

import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.Target;
import dev.entente.v1.HttpCall;
import java.time.Duration;

/** Operations as the API has them, every default filled in. */
public final class OperationWriter {
    private OperationWriter() {}

    /** @param showsPayloads whether bodies and headers are in it */
    public static dev.entente.v1.Operation message(Operation operation, boolean showsPayloads) {
        dev.entente.v1.Operation.Builder shown = dev.entente.v1.Operation.newBuilder();
        switch (operation.target()) {
            case Target.Grpc(String participant, String method) -> shown.setGrpc(participant + "/" + method);
            case Target.Http http -> shown.setHttp(http(http, showsPayloads));
        }
        if (showsPayloads) {
            shown.setRaw(operation.body());
        }
        for (Binding binding : operation.bindings()) {
            shown.addBind(binding(binding));
        }
        return shown.setPolicy(policy(operation.policy())).build();
    }

    /** Headers may hold what a body may hold. */
    private static HttpCall http(Target.Http target, boolean showsPayloads) {
        HttpCall.Builder shown = HttpCall.newBuilder()
                .setParticipant(target.participant())
                .setMethod(target.method())
                .setPath(target.path());
        return (showsPayloads ? shown.putAllHeaders(target.headers()) : shown).build();
    }

    private static dev.entente.v1.Binding binding(Binding binding) {
        return dev.entente.v1.Binding.newBuilder()
                .setFrom(binding.from())
                .setFromOp(binding.fromRole() == Role.FORWARD ? "" : Pattern.TCC.operationName(binding.fromRole()))
                .setFromPath(binding.fromPath().toString())
                .setToPath(binding.toPath().toString())
                .setRequired(binding.required())
                .build();
    }

    static dev.entente.v1.CallPolicy policy(CallPolicy policy) {
        return dev.entente.v1.CallPolicy.newBuilder()
                .setTimeout(duration(policy.timeout()))
                .setMaxAttempts(policy.maxAttempts())
                .setFirstBackoff(duration(policy.firstBackoff()))
                .setMaxBackoff(duration(policy.maxBackoff()))
                .setMultiplier(policy.multiplier())
                .addAllSchedule(policy.schedule().stream()
                        .map(OperationWriter::duration)
                        .toList())
                .build();
    }

    /** As a message. */
    public static com.google.protobuf.Duration duration(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
