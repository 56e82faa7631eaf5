package dev.entente.client.channel;

import dev.entente.client.channel.HealthCheck.Health;
import dev.entente.wire.ErrorDetails;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Several coordinators of one database as one channel. Calls go to one coordinator, or round-robin to each. If a
 * coordinator does not respond, the next call, or the next attempt of the call, goes to another. The failed coordinator
 * gets no calls for a time, and then only after a health check reports that it serves. Thread-safe.
 */
final class FailoverChannel extends Channel {
    /** How long a coordinator that did not respond gets no calls, unless no other coordinator is available. */
    private static final Duration LEFT_ALONE = Duration.ofSeconds(10);
    /**
     * The shortest duration of a call whose time-out shows a failed coordinator. A shorter call had a short deadline of
     * its caller.
     */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(1);
    /**
     * The only UNAVAILABLE error of Entente after which this coordinator gets no calls. Other such errors concern one
     * call, or appear in the health check.
     */
    private static final String SHUTTING_DOWN = "ENT-051";

    private static final int FIT = 0;
    private static final int DOUBTED = 1;
    private static final int BEING_ASKED = 2;

    private final List<SilenceDetectingChannel> channels;
    private final boolean isRotating;
    /** The index of the coordinator that gets the calls; with round-robin, that gets the next call. */
    private final AtomicInteger current;
    /**
     * The index of the coordinator that gets the next stream, with round-robin. Calls between two streams must not lead
     * both to one coordinator.
     */
    private final AtomicInteger currentOfStreams;
    /** By index: until when the coordinator gets no calls. */
    private final AtomicLongArray leftAloneUntil;
    /** By index: whether the coordinator must report that it serves before it gets calls again. */
    private final AtomicIntegerArray doubts;

    /**
     * @param first the index of the coordinator that gets the first calls; random in each client, to spread the load
     * @param isRotating whether calls are distributed round-robin
     */
    FailoverChannel(List<SilenceDetectingChannel> channels, int first, boolean isRotating) {
        this.channels = List.copyOf(channels);
        this.isRotating = isRotating;
        this.current = new AtomicInteger(first);
        this.currentOfStreams = new AtomicInteger(first);
        this.leftAloneUntil = new AtomicLongArray(channels.size());
        this.doubts = new AtomicIntegerArray(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            leftAloneUntil.set(i, nanos());
        }
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        int index = isRotating ? next(method.getType()) : staying();
        return channels.get(index)
                .newCall(method, options, (answer, startedNanos) -> closed(index, answer, startedNanos));
    }

    @Override
    public String authority() {
        return channels.get(Math.floorMod(current.get(), channels.size())).authority();
    }

    private long nanos() {
        return channels.get(0).nanos();
    }

    private int staying() {
        int index = current.get();
        if (!channels.get(index).isServing()) {
            leave(index);
        }
        return current.get();
    }

    private int next(MethodType type) {
        AtomicInteger counter = type == MethodType.BIDI_STREAMING ? currentOfStreams : current;
        int index = 0;
        for (int i = 0; i < channels.size(); i++) {
            index = Math.floorMod(counter.getAndIncrement(), channels.size());
            if (isFit(index)) {
                return index;
            }
        }
        return after(index);
    }

    /** Returns whether calls may go to a coordinator. After its pause a coordinator gets a health check first. */
    private boolean isFit(int index) {
        if (!channels.get(index).isServing()) {
            doubts.compareAndSet(index, FIT, DOUBTED);
        }
        if (leftAloneUntil.get(index) - nanos() > 0) {
            return false;
        }
        if (doubts.compareAndSet(index, DOUBTED, BEING_ASKED)) {
            channels.get(index).ask(health -> asked(index, health));
        }
        return doubts.get(index) == FIT;
    }

    private void asked(int index, Health health) {
        if (health == Health.SERVING) {
            doubts.compareAndSet(index, BEING_ASKED, FIT); // unless it failed again meanwhile
        } else {
            leftAloneUntil.set(index, nanos() + LEFT_ALONE.toNanos());
            doubts.set(index, DOUBTED);
        }
    }

    /** Returns the next coordinator that may get calls; if there is none, the coordinator whose pause ends first. */
    private int after(int index) {
        int earliest = index;
        for (int i = 1; i < channels.size(); i++) {
            int other = (index + i) % channels.size();
            if (isFit(other)) {
                return other;
            }
            if (leftAloneUntil.get(other) - leftAloneUntil.get(earliest) < 0) {
                earliest = other;
            }
        }
        return earliest;
    }

    /** Sends later calls to another coordinator. */
    private void leave(int index) {
        leftAloneUntil.set(index, nanos() + LEFT_ALONE.toNanos());
        doubts.set(index, DOUBTED);
        if (!isRotating) {
            current.compareAndSet(index, after(index));
        }
    }

    /**
     * Sends later calls to the next coordinator without a recent failure, if there is one. That coordinator may reach
     * the transaction's owner, which this coordinator does not reach. With round-robin there is nothing to change.
     */
    private void switchFrom(int index) {
        int other = after(index);
        if (!isRotating && isFit(other)) {
            current.compareAndSet(index, other);
        }
    }

    private void closed(int index, ErrorDetails answer, long startedNanos) {
        if (isUnfit(answer, channels.get(index), startedNanos)) {
            leave(index);
        } else if (mayElseSucceed(answer)) {
            switchFrom(index);
        }
    }

    /** A coordinator that runs but is slow, or had no time to respond, still gets calls. */
    private static boolean isUnfit(ErrorDetails answer, SilenceDetectingChannel channel, long startedNanos) {
        return switch (answer.code()) {
            case UNAVAILABLE -> !answer.isFromEntente() || answer.name().equals(SHUTTING_DOWN);
            case DEADLINE_EXCEEDED ->
                channel.nanos() - startedNanos >= LONG_ENOUGH.toNanos() && !channel.hasSpokenSince(startedNanos);
            default -> false;
        };
    }

    /** Returns whether another coordinator may succeed with the next attempt; otherwise the answer is final. */
    private static boolean mayElseSucceed(ErrorDetails answer) {
        return switch (answer.code()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
            case UNKNOWN, INTERNAL, DATA_LOSS -> !answer.isFromEntente();
            default -> false;
        };
    }
}
