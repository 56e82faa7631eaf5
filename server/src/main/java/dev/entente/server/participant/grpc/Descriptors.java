package dev.entente.server.participant.grpc;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.core.plan.Nearest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.reflection.DescriptorFiles;
import dev.entente.server.participant.reflection.KnownServices;
import dev.entente.server.participant.reflection.KnownServices.Known;
import dev.entente.server.participant.reflection.MethodTypes;
import dev.entente.server.participant.reflection.Methods;
import dev.entente.server.participant.reflection.Reflection;
import dev.entente.server.participant.reflection.ReflectionBudget;
import dev.entente.server.participant.reflection.ReflectionTurns;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The types of participants' methods, for those who write JSON: from the participant's descriptor-set file where one is
 * configured, else from its reflection. Found ones are kept for five minutes, for a participant may be replaced by a
 * newer one; and beyond that while it cannot be reached. One that cannot be reached is left alone for some seconds, for
 * a plan asks for many methods and each would wait anew; and one that has nothing to tell, for a moment. Those who ask
 * while another asks have their answer from that one. Thread-safe; every method may block for some seconds, so call it
 * on a virtual thread.
 */
public final class Descriptors implements Methods {
    private static final int MAX_CACHED = 1_000;
    /**
     * How long one that cannot be reached is left alone, and up to a fifth more. No shorter than an attempt to reach
     * it.
     */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final GrpcParticipants participants;
    private final LongSupplier nanos;
    private final boolean knowsFiles;
    /** By participant and service. */
    private final KnownServices known;

    /** Until when, by participant. */
    private final Map<String, Long> leftAlone = new ConcurrentHashMap<>();

    public Descriptors(GrpcParticipants participants) {
        this(participants, System::nanoTime);
    }

    /** @param nanos the monotonic clock */
    Descriptors(GrpcParticipants participants, LongSupplier nanos) {
        this.participants = participants;
        this.nanos = nanos;
        this.known = new KnownServices(nanos);
        this.knowsFiles = participants.haveDescriptorSets();
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
     * @throws Refusal ENT-024 where nobody tells them, which says why and names the ways out, and is worth asking again
     *     where the participant could not be reached; ENT-014 or ENT-015 where that participant may not be called
     */
    @Override
    public MethodTypes require(Target.Grpc target) {
        Known before = known.get(serviceOf(target));
        if (before != null && known.answers(before, target.method())) {
            return typesOf(before, target);
        }
        if (!mayAsk(target.participant())) {
            return typesOf(before, target);
        }
        try {
            return typesOf(asked(target), target);
        } catch (Away away) {
            leaveAlone(target.participant());
            return typesOf(before, target);
        }
    }

    /** Tells whether what is known of that service speaks against the method. Quick: nobody is asked. */
    @Override
    public boolean isDoubtful(Target.Grpc target) {
        Known what = known.get(serviceOf(target));
        if (what instanceof Known.Files found) {
            return found.files().lacks(serviceName(target), target.method());
        }
        boolean isUnknown = what == null || !known.answers(what, target.method());
        return isUnknown && participants.hasDescriptorSet(target.participant());
    }

    /** Tells whether any method can be doubtful. */
    @Override
    public boolean knowsAny() {
        return knowsFiles || !known.isEmpty();
    }

    /**
     * Why the participant serves no such method, by what it says now: the service is described, and lacks it. Null
     * where that is not so, or nobody can tell. Asks only about a method that {@link #isDoubtful}.
     */
    @Override
    public @Nullable Refusal mistaken(Target.Grpc target) {
        if (participants.find(target.participant()) == null || !isDoubtful(target) || !mayAsk(target.participant())) {
            return null;
        }
        try {
            return asked(target) instanceof Known.Files now && now.files().lacks(serviceName(target), target.method())
                    ? Refusal.of(
                            ErrorCode.MALFORMED,
                            "participant '" + target.participant() + "' has no method " + target.method()
                                    + meant(target, now.files()))
                    : null;
        } catch (Away away) {
            leaveAlone(target.participant());
            return null;
        } catch (Refusal nobodyTells) {
            return null;
        }
    }

    private static String serviceOf(Target.Grpc target) {
        return target.participant() + "/" + serviceName(target);
    }

    private static String serviceName(Target.Grpc target) {
        int slash = target.method().indexOf('/');
        return slash < 0 ? target.method() : target.method().substring(0, slash);
    }

    /**
     * When its pause is over, one caller asks it again; the others are told that it is away until that one knows
     * better.
     */
    private boolean mayAsk(String participant) {
        Long until = leftAlone.get(participant);
        return until == null || (nanos.getAsLong() - until >= 0 && leftAlone.replace(participant, until, afterPause()));
    }

    private void leaveAlone(String participant) {
        if (leftAlone.size() >= MAX_CACHED) {
            leftAlone.clear();
        }
        leftAlone.put(participant, afterPause());
    }

    private long afterPause() {
        long pause = PAUSE.toNanos();
        return nanos.getAsLong() + pause + ThreadLocalRandom.current().nextLong(pause / 5);
    }

    /** Reads a file of descriptors as a call would. Blocks. @throws IOException that says why it is none */
    public static void check(Path descriptorSet) throws IOException {
        try {
            if (DescriptorFiles.read(descriptorSet).methods().isEmpty()) {
                throw new IOException("it has no method of any service");
            }
        } catch (DescriptorValidationException contradictory) {
            throw new IOException(contradictory.getMessage(), contradictory);
        }
    }

    /** Says that a participant cannot be reached. */
    private static final class Away extends Exception {
        private static final long serialVersionUID = 1;

        Away(Throwable cause) {
            super(cause);
        }
    }

    /**
     * Has the participant asked, or its file read, unless somebody else has done so since this call began.
     *
     * @throws Refusal where it may not be asked, or not now
     */
    private Known asked(Target.Grpc target) throws Away {
        GrpcParticipant participant = participants.find(target.participant());
        if (participant == null) {
            throw participants.refusalOf(target.participant());
        }
        long beganNanos = nanos.getAsLong();
        Path file = participant.config().descriptorSet();
        try {
            Known now = file != null
                    ? known.learned(serviceOf(target), DescriptorFiles.read(file))
                    : participant.reflection().ask(reflection -> reflected(reflection, target, beganNanos));
            leftAlone.remove(target.participant());
            return now;
        } catch (ReflectionBudget.Exceeded e) {
            return nothing(target, e.why());
        } catch (ReflectionTurns.Crowded e) {
            throw Refusal.temporary(
                    ErrorCode.NO_DESCRIPTORS, message(target, "many others ask it at this moment; ask again"), PAUSE);
        } catch (StatusException e) {
            if (Context.current().isCancelled()) {
                throw away(target); // nobody listens any more, and nothing is known of the participant
            }
            if (isAway(e.getStatus())) {
                throw new Away(e);
            }
            return nothing(target, why(e.getStatus()));
        } catch (IOException e) {
            return nothing(target, "its descriptor set " + file + " cannot be read (" + e.getMessage() + ")");
        } catch (DescriptorValidationException e) {
            return nothing(target, "its descriptors contradict themselves (" + e.getMessage() + ")");
        }
    }

    private Known reflected(Reflection reflection, Target.Grpc target, long beganNanos)
            throws StatusException, DescriptorValidationException {
        Known meanwhile = known.get(serviceOf(target));
        if (meanwhile != null && meanwhile.sinceNanos() - beganNanos > 0) {
            return meanwhile;
        }
        return known.learned(serviceOf(target), new DescriptorFiles(reflection.filesOf(serviceName(target))));
    }

    private Known nothing(Target.Grpc target, String why) {
        leftAlone.remove(target.participant());
        return known.learnedNothing(serviceOf(target), why);
    }

    private static MethodTypes typesOf(@Nullable Known what, Target.Grpc target) {
        return switch (what) {
            case null -> throw away(target);
            case Known.Nothing nothing -> throw none(target, nothing.why());
            case Known.Files found ->
                typesOf(found.files().method(target.method()).orElseThrow(() -> noSuch(target, found.files())), target);
        };
    }

    private static Refusal noSuch(Target.Grpc target, DescriptorFiles files) {
        return none(target, "it has no method " + target.method() + meant(target, files));
    }

    private static String meant(Target.Grpc target, DescriptorFiles files) {
        String nearest = Nearest.to(target.method(), files.methods());
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    private static MethodTypes typesOf(MethodDescriptor method, Target.Grpc target) {
        if (method.isClientStreaming() || method.isServerStreaming()) {
            throw none(target, target.method() + " is a streaming method; only unary ones can be called");
        }
        return new MethodTypes(method.getInputType(), method.getOutputType());
    }

    private static boolean isAway(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    private static String why(Status status) {
        return switch (status.getCode()) {
            case UNIMPLEMENTED -> "it does not offer reflection";
            case NOT_FOUND -> "its reflection does not know it";
            case OK,
                    UNAVAILABLE,
                    DEADLINE_EXCEEDED,
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
        return Refusal.of(ErrorCode.NO_DESCRIPTORS, message(target, why + "; turn its reflection on"));
    }

    private static Refusal away(Target.Grpc target) {
        return Refusal.temporary(
                ErrorCode.NO_DESCRIPTORS, message(target, "it cannot be reached; send it again later"), PAUSE);
    }

    private static String message(Target.Grpc target, String why) {
        return ("no descriptors of %s at participant '%s': %s, "
                        + "set participants.%s.descriptorSet, or send the body as bytes")
                .formatted(target.method(), target.participant(), why, target.participant());
    }
}
