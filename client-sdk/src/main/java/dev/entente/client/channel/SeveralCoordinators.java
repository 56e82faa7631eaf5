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
 * Several coordinators of one database as one channel. Calls go to one of them, or to each in turn. When one does not
 * answer, the next call, such as the next attempt of the same, goes to another, and nothing goes back for a while, nor
 * before it says that it serves. Thread-safe.
 */
final class SeveralCoordinators extends Channel {
    /** How long a coordinator that did not answer is left alone, unless none of the others answers. */
    private static final Duration LEFT_ALONE = Duration.ofSeconds(10);
    /** A call that waited for less says nothing of the coordinator: its caller had no time. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(1);
    /** The only UNAVAILABLE of Entente that ends all calls. Others are about one call, or show in the health check. */
    private static final String SHUTTING_DOWN = "ENT-051";

    private static final int FIT = 0;
    private static final int DOUBTED = 1;
    private static final int BEING_ASKED = 2;

    private final List<CheckedChannel> channels;
    private final boolean isRotating;
    /** The one that calls go to; where they rotate, the one that the next goes to. */
    private final AtomicInteger current;
    /**
     * The one that the next stream goes to, where they rotate: calls between two streams must not bring both to one.
     */
    private final AtomicInteger currentOfStreams;
    /** By index: until when that one is left alone. */
    private final AtomicLongArray leftAloneUntil;
    /** By index: whether that one has to say that it serves before calls go to it again. */
    private final AtomicIntegerArray doubts;

    /**
     * @param first the index of the one that calls go to at first: another one in each client, so that the load spreads
     * @param isRotating whether each call goes to the next
     */
    SeveralCoordinators(List<CheckedChannel> channels, int first, boolean isRotating) {
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
        AtomicInteger turn = type == MethodType.BIDI_STREAMING ? currentOfStreams : current;
        int index = 0;
        for (int i = 0; i < channels.size(); i++) {
            index = Math.floorMod(turn.getAndIncrement(), channels.size());
            if (isFit(index)) {
                return index;
            }
        }
        return after(index);
    }

    /** Tells whether calls may go there. One that was left alone long enough is asked first. */
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

    /** The next one that calls may go to; where there is none, the one that may be tried first. */
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

    /** From now on calls go to another one. */
    private void leave(int index) {
        leftAloneUntil.set(index, nanos() + LEFT_ALONE.toNanos());
        doubts.set(index, DOUBTED);
        if (!isRotating) {
            current.compareAndSet(index, after(index));
        }
    }

    /**
     * Sends calls from now on to the next coordinator that has not failed of late, if there is one. It may reach whom
     * this one does not reach.
     */
    private void turnFrom(int index) {
        int other = after(index);
        if (!isRotating && isFit(other)) {
            current.compareAndSet(index, other);
        }
    }

    private void closed(int index, ErrorDetails answer, long startedNanos) {
        if (isUnfit(answer, channels.get(index), startedNanos)) {
            leave(index);
        } else if (mayElseSucceed(answer)) {
            turnFrom(index);
        }
    }

    /** A coordinator that lives and is slow, or had no time to answer, is not left alone for it. */
    private static boolean isUnfit(ErrorDetails answer, CheckedChannel channel, long startedNanos) {
        return switch (answer.code()) {
            case UNAVAILABLE -> !answer.isFromEntente() || answer.name().equals(SHUTTING_DOWN);
            case DEADLINE_EXCEEDED ->
                channel.nanos() - startedNanos >= LONG_ENOUGH.toNanos() && !channel.hasSpokenSince(startedNanos);
            default -> false;
        };
    }

    /** Tells whether another coordinator may do better with the next attempt; else the answer is final. */
    private static boolean mayElseSucceed(ErrorDetails answer) {
        return switch (answer.code()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
            case UNKNOWN, INTERNAL, DATA_LOSS -> !answer.isFromEntente();
            default -> false;
        };
    }
}
