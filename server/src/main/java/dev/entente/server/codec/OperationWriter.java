package dev.entente.server.codec;

import com.google.protobuf.Duration;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.Target;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.HttpCall;
import dev.entente.v1.KafkaRecord;
import dev.entente.v1.Operation;

/** Operations as the API has them, every default filled in. */
public final class OperationWriter {
    private OperationWriter() {}

    /** @param showsPayloads whether bodies and headers are in it */
    public static Operation message(dev.entente.server.transaction.Operation operation, boolean showsPayloads) {
        Operation.Builder shown = Operation.newBuilder();
        switch (operation.target()) {
            case Target.Grpc(String participant, String method) -> shown.setGrpc(participant + "/" + method);
            case Target.Http http -> shown.setHttp(http(http, showsPayloads));
            case Target.Kafka kafka -> shown.setKafka(kafka(kafka, showsPayloads));
        }
        if (showsPayloads) {
            shown.setRaw(operation.body());
        }
        for (var binding : operation.bindings()) {
            shown.addBindBuilder()
                    .setFrom(binding.from())
                    .setFromOp(binding.fromRole() == Role.FORWARD ? "" : Pattern.TCC.operationName(binding.fromRole()))
                    .setFromPath(binding.fromPath().toString())
                    .setToPath(binding.toPath().toString())
                    .setRequired(binding.required());
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

    /** A key may hold what a body may hold, and so may headers. */
    private static KafkaRecord kafka(Target.Kafka target, boolean showsPayloads) {
        KafkaRecord.Builder shown =
                KafkaRecord.newBuilder().setConnector(target.participant()).setTopic(target.topic());
        return (showsPayloads ? shown.setKey(target.key()).putAllHeaders(target.headers()) : shown).build();
    }

    static CallPolicy policy(dev.entente.server.transaction.CallPolicy policy) {
        return CallPolicy.newBuilder()
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
    public static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
