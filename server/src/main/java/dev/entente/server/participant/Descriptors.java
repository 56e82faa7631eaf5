package dev.entente.server.participant;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Target;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The types of participants' methods, for those who write JSON: from the participant's descriptor-set file where one is configured, else
 * from its reflection. Found ones are kept for five minutes, for a participant may be replaced by a newer one. Thread-safe; every method
 * may block for some seconds, so call it on a virtual thread.
 */
public final class Descriptors {
    private static final int MAX_CACHED = 1_000;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);

    private record Cached(MethodTypes types, long foundNanos) {}

    private final GrpcParticipants participants;
    private final Map<Target.Grpc, Cached> cache = new ConcurrentHashMap<>();

    public Descriptors(GrpcParticipants participants) {
        this.participants = participants;
    }

    /** The types of a method, or empty where nobody tells them. */
    public Optional<MethodTypes> types(Target.Grpc target) {
        try {
            return Optional.of(require(target));
        } catch (Refusal refusal) {
            return Optional.empty();
        }
    }

    /**
     * The types of a method.
     *
     * @throws Refusal ENT-024 where nobody tells them, which says why and names the ways out; ENT-014 or ENT-015 where that participant
     *     may not be called
     */
    public MethodTypes require(Target.Grpc target) {
        Cached cached = cache.get(target);
        if (cached != null && System.nanoTime() - cached.foundNanos() < KEPT_NANOS) {
            return cached.types();
        }
        MethodTypes types = find(target);
        if (cache.size() >= MAX_CACHED) {
            cache.clear();
        }
        cache.put(target, new Cached(types, System.nanoTime()));
        return types;
    }

    private MethodTypes find(Target.Grpc target) {
        GrpcParticipant participant = participants.find(target.participant());
        if (participant == null) {
            throw participants.refusalOf(target.participant());
        }
        Path file = participant.config().descriptorSet();
        try {
            DescriptorFiles files = file != null ? DescriptorFiles.read(file) : reflected(participant, target);
            return typesOf(files.method(target.method()).orElse(null), target);
        } catch (StatusException e) {
            throw none(target, why(e.getStatus()));
        } catch (IOException e) {
            throw none(target, "its descriptor set " + file + " cannot be read (" + e.getMessage() + ")");
        } catch (DescriptorValidationException e) {
            throw none(target, "its descriptors contradict themselves (" + e.getMessage() + ")");
        }
    }

    private static DescriptorFiles reflected(GrpcParticipant participant, Target.Grpc target)
            throws StatusException, DescriptorValidationException {
        int slash = target.method().indexOf('/');
        String service = slash < 0 ? target.method() : target.method().substring(0, slash);
        return new DescriptorFiles(participant.reflection().filesOf(service));
    }

    private static MethodTypes typesOf(@Nullable MethodDescriptor method, Target.Grpc target) {
        if (method == null) {
            throw none(target, "it has no method " + target.method());
        }
        if (method.isClientStreaming() || method.isServerStreaming()) {
            throw none(target, target.method() + " is a streaming method; only unary ones can be called");
        }
        return new MethodTypes(method.getInputType(), method.getOutputType());
    }

    private static String why(Status status) {
        return switch (status.getCode()) {
            case UNIMPLEMENTED -> "it does not offer reflection";
            case NOT_FOUND -> "its reflection does not know it";
            case UNAVAILABLE, DEADLINE_EXCEEDED -> "it cannot be reached";
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    INVALID_ARGUMENT,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    DATA_LOSS,
                    UNAUTHENTICATED -> "its reflection answers " + status.getCode();
        };
    }

    private static Refusal none(Target.Grpc target, String why) {
        String name = target.participant();
        return Refusal.of(
                ErrorCode.NO_DESCRIPTORS,
                "no descriptors of %s at participant '%s': %s; turn its reflection on, set participants.%s.descriptorSet, or send the body as bytes"
                        .formatted(target.method(), name, why, name));
    }
}
