package dev.entente.bench.peer;

import io.grpc.MethodDescriptor;

/**
 * The interface of the relay and of the hand-written sagas for the load client. A request is a gid of 36 bytes,
 * followed by the plan's bytes.
 */
public final class PeerService {
    /** The gRPC service of both programs. */
    public static final String SERVICE = "bench.v1.Coordinator";

    /** Runs two steps, one after another, and answers when both are done. */
    public static final MethodDescriptor<byte[], byte[]> SUBMIT_SAGA = RawCalls.unary(SERVICE + "/SubmitSaga");
    /** Runs two tries concurrently, then two confirms, and answers when all are done. Only the relay serves it. */
    public static final MethodDescriptor<byte[], byte[]> SUBMIT_TCC = RawCalls.unary(SERVICE + "/SubmitTcc");

    /** The length of a gid in its text form, in bytes. */
    public static final int GID_BYTES = 36;

    /** The size of a coordinator's answer with gid and state, in bytes. */
    static final int ANSWER_BYTES = 60;

    private PeerService() {}
}
