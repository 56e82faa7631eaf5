package dev.entente.server.participant.reflection;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets one caller at a time ask a participant what it offers, and few in all. What a participant tells may grow large,
 * and whoever submits plans chooses how often it is asked. Whoever waits ends when its gRPC context does. Thread-safe;
 * blocks, so for virtual threads.
 */
public final class Reflection {
    /** Participants that may be asked at once. */
    static final int MAX_ASKED_AT_ONCE = 4;
    /** Callers that may wait for one participant. */
    static final int MAX_WAITING = 32;

    private static final long LOOK_UP_MILLIS = 50;

    /** Says that others have waited before, and more than may. Nothing is wrong with the participant. */
    public static final class Crowded extends StatusException {
        private static final long serialVersionUID = 1;

        Crowded() {
            super(Status.RESOURCE_EXHAUSTED);
        }
    }

    /** Something to ask, and to make of what is told. */
    public interface Question<T> {
        T ask(Look look) throws StatusException, DescriptorValidationException;
    }

    /** Shared by all participants of this process, for its memory is one. */
    private static final Semaphore AT_ONCE = new Semaphore(MAX_ASKED_AT_ONCE);

    private final Supplier<ManagedChannel> connect;
    private final Supplier<Metadata> credentials;
    private final Semaphore turn = new Semaphore(1);

    /**
     * @param connect opens a connection for each look, which ends with it
     * @param credentials of each look
     */
    public Reflection(Supplier<ManagedChannel> connect, Supplier<Metadata> credentials) {
        this.connect = connect;
        this.credentials = credentials;
    }

    /**
     * Asks when it is its turn.
     *
     * @throws Crowded where too many wait, or it is not its turn in time
     * @throws StatusException CANCELLED where the gRPC context ends meanwhile; else what the question throws
     */
    public <T> T ask(Question<T> question) throws StatusException, DescriptorValidationException {
        if (turn.getQueueLength() >= MAX_WAITING) {
            throw new Crowded();
        }
        enter(turn);
        try {
            enter(AT_ONCE);
            try {
                return asked(question);
            } finally {
                AT_ONCE.release();
            }
        } finally {
            turn.release();
        }
    }

    private <T> T asked(Question<T> question) throws StatusException, DescriptorValidationException {
        ManagedChannel channel = connect.get();
        try {
            return question.ask(new Look(ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(credentials.get()))));
        } finally {
            channel.shutdownNow();
        }
    }

    private static void enter(Semaphore door) throws StatusException {
        long startedNanos = System.nanoTime();
        long patienceNanos = 2 * Look.LONGEST.toNanos();
        try {
            while (!door.tryAcquire(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS)) {
                if (Context.current().isCancelled()) {
                    throw Status.CANCELLED.asException();
                }
                if (System.nanoTime() - startedNanos > patienceNanos) {
                    throw new Crowded();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asException();
        }
    }
}
