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
 * Queries a participant's methods for one caller at a time, and for few callers in total. A response may be large, and
 * submitters choose how often a participant is queried. A wait ends with the caller's gRPC context. Thread-safe;
 * blocks, so use virtual threads.
 */
public final class Reflection {
    /** The maximum number of participants that are queried concurrently. */
    static final int MAX_ASKED_AT_ONCE = 4;
    /** The maximum number of callers that wait for one participant. */
    static final int MAX_WAITING = 32;

    private static final long LOOK_UP_MILLIS = 50;

    /** Reports that too many callers wait, or that a wait took too long. The participant itself may be healthy. */
    public static final class Crowded extends StatusException {
        private static final long serialVersionUID = 1;

        Crowded() {
            super(Status.RESOURCE_EXHAUSTED);
        }
    }

    /** The queries of one session, and the result from the responses. */
    public interface Question<T> {
        T ask(ReflectionSession session) throws StatusException, DescriptorValidationException;
    }

    /** Shared by all participants of this process, because they share its memory. */
    private static final Semaphore AT_ONCE = new Semaphore(MAX_ASKED_AT_ONCE);

    private final Supplier<ManagedChannel> connect;
    private final Supplier<Metadata> credentials;
    private final Semaphore permit = new Semaphore(1);

    /**
     * @param connect opens a connection for each session, which closes it
     * @param credentials of each session
     */
    public Reflection(Supplier<ManagedChannel> connect, Supplier<Metadata> credentials) {
        this.connect = connect;
        this.credentials = credentials;
    }

    /**
     * Runs the queries as soon as the caller has a permit.
     *
     * @throws Crowded if too many callers wait, or the wait is too long
     * @throws StatusException CANCELLED if the gRPC context ends meanwhile; else the exception of the queries
     */
    public <T> T ask(Question<T> question) throws StatusException, DescriptorValidationException {
        if (permit.getQueueLength() >= MAX_WAITING) {
            throw new Crowded();
        }
        enter(permit);
        try {
            enter(AT_ONCE);
            try {
                return asked(question);
            } finally {
                AT_ONCE.release();
            }
        } finally {
            permit.release();
        }
    }

    private <T> T asked(Question<T> question) throws StatusException, DescriptorValidationException {
        ManagedChannel channel = connect.get();
        try {
            return question.ask(new ReflectionSession(ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(credentials.get()))));
        } finally {
            channel.shutdownNow();
        }
    }

    private static void enter(Semaphore door) throws StatusException {
        long startedNanos = System.nanoTime();
        long timeoutNanos = 2 * ReflectionSession.LONGEST.toNanos();
        try {
            while (!door.tryAcquire(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS)) {
                if (Context.current().isCancelled()) {
                    throw Status.CANCELLED.asException();
                }
                if (System.nanoTime() - startedNanos > timeoutNanos) {
                    throw new Crowded();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asException();
        }
    }
}
