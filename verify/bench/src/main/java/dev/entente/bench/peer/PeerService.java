package dev.entente.bench.peer;

import io.grpc.MethodDescriptor;

/**
 * How the load client reaches the relay and the hand-written sagas; the request is a gid of 36 bytes and then the
 * plan's bytes.
 */
public final class PeerService {
    /** The gRPC service of both. */
    public static final String SERVICE = "bench.v1.Coordinator";

    /** Runs two steps, one after another, and answers when both are done. */
    public static final MethodDescriptor<byte[], byte[]> SUBMIT_SAGA = RawCalls.unary(SERVICE + "/SubmitSaga");
    /** Runs two tries at once, then two confirms at once, and answers when all are done; only the relay serves it. */
    public static final MethodDescriptor<byte[], byte[]> SUBMIT_TCC = RawCalls.unary(SERVICE + "/SubmitTcc");

    /** The length of a gid in its text form, in bytes. */
    public static final int GID_BYTES = 36;

    /** As large as the answer of a coordinator that returns gid and state. */
    static final int ANSWER_BYTES = 60;

    private PeerService() {}
}
