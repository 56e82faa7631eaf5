package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.client.call.Causes;
import dev.entente.client.call.RetryingCall;
import dev.entente.client.call.SharedStream;
import dev.entente.client.call.SubmitTransport;
import dev.entente.client.call.Transport;
import dev.entente.client.call.UnaryTransport;
import dev.entente.client.channel.AttemptTrace;
import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import dev.entente.wire.Times;
import dev.entente.wire.TraceParent;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The client of the coordinator. Every call has a deadline, and is retried while a retry may help. Thread-safe. */
final class CoordinatorClient {
    /**
     * The time after which the coordinator may have removed the row of a finished transaction. Its gid is then unknown.
     */
    private static final Duration RETRY_HORIZON = Duration.ofDays(7);
    /** Prevents a tight loop if the coordinator responds before the requested wait has ended. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final int REASON_CHARS = 256;

    /**
     * The settings of a client that its user may change.
     *
     * @param attempt the timeout of one attempt of a call
     * @param retryFor how long a call is repeated
     * @param clock the wall clock
     * @param streams how many streams submits share; 0 for none
     * @param json the mapper for participants' responses, or null
     */
    record Settings(
            Duration attempt,
            Duration retryFor,
            InstantSource clock,
            RandomGenerator random,
            int streams,
            @Nullable JsonCodec json) {}

    private final Channel channel;
    private final Settings settings;
    private final Tracing tracing;
    private final List<SharedStream> streams;
    private final AtomicInteger nextStream = new AtomicInteger();
    private final Executor callers;
    private final PlanWarnings warnings = new PlanWarnings();
    private volatile boolean closed;

    CoordinatorClient(Channel channel, Settings settings, Tracing tracing) {
        this.channel = channel;
        this.settings = settings;
        this.tracing = tracing;
        streams = Stream.generate(() -> new SharedStream(channel, settings.random()))
                .limit(settings.streams())
                .toList();
        callers = streams.isEmpty() ? Runnable::run : Executors.newCachedThreadPool(CoordinatorClient::daemon);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "entente-answers");
        thread.setDaemon(true);
        return thread;
    }

    /** Stops all calls and retries. */
    void close() {
        closed = true;
        streams.forEach(SharedStream::close);
    }

    /**
     * Returns a future that completes outside the stream's thread, because callers may block in dependent stages. One
     * message may contain many answers, and a blocked caller must not delay the others.
     */
    <T> CompletableFuture<T> handedOver(CompletableFuture<T> future) {
        return streams.isEmpty() ? future : future.whenCompleteAsync((value, thrown) -> {}, callers);
    }

    PlanWarnings warnings() {
        return warnings;
    }

    Instant now() {
        return settings.clock().instant();
    }

    /**
     * Sends a plan.
     *
     * @param firstAttempt when this gid was first sent
     */
    CompletableFuture<SubmitTransactionResponse> submit(
            SubmitTransactionRequest request, Instant firstAttempt, CallDeadline callDeadline) {
        String gid = request.getPlan().getGid();
        if (isTooOld(firstAttempt)) {
            return CompletableFuture.failedFuture(tooOld(gid, firstAttempt));
        }
        SubmitTransactionRequest dated = request.toBuilder()
                .setFirstAttemptTime(Times.proto(firstAttempt))
                .build();
        MethodDescriptor<SubmitTransactionRequest, SubmitTransactionResponse> method =
                TransactionServiceGrpc.getSubmitTransactionMethod();
        Transport<SubmitTransactionRequest, SubmitTransactionResponse> unary = new UnaryTransport<>(channel, method);
        Supplier<CompletableFuture<SubmitTransactionResponse>> call = () -> call(
                streams.isEmpty() ? unary : new SubmitTransport(stream(), unary),
                attempts(method, gid, request.getValidateOnly()),
                () -> dated.toBuilder()
                        .setWait(Times.proto(callDeadline.waitLeft()))
                        .build(),
                callDeadline);
        return request.getValidateOnly()
                ? call.get()
                : traced(request.getPlan(), call).thenApply(response -> reported(request, response));
    }

    /** Makes a submit in a span, which ends with the answer. */
    private <R> CompletableFuture<R> traced(Plan plan, Supplier<CompletableFuture<R>> submit) {
        String pattern = plan.getPatternCase().name().toLowerCase(Locale.ROOT);
        String parent = traceParent().map(TraceParent::header).orElse("");
        TraceSpan span = tracing.start(Tracing.Kind.CLIENT, "submit " + pattern, parent);
        span.attribute("entente.gid", plan.getGid());
        Runnable leave = span.enter();
        try {
            return submit.get()
                    .whenComplete((response, thrown) ->
                            span.end(thrown == null ? "" : thrown.getClass().getName()));
        } finally {
            leave.run();
        }
    }

    /** Returns the trace context that a call sends: the current span, or else that of the current call. */
    Optional<TraceParent> traceParent() {
        return TraceParent.parse(tracing.current()).or(TraceParent::current);
    }

    private SharedStream stream() {
        return streams.get(Math.floorMod(nextStream.getAndIncrement(), streams.size()));
    }

    private SubmitTransactionResponse reported(SubmitTransactionRequest request, SubmitTransactionResponse response) {
        warnings.of(request.getPlan(), response.getWarningsList());
        return response;
    }

    CompletableFuture<Transaction> begin(Plan plan, Instant firstAttempt) {
        if (isTooOld(firstAttempt)) {
            return CompletableFuture.failedFuture(tooOld(plan.getGid(), firstAttempt));
        }
        BeginTransactionRequest request = BeginTransactionRequest.newBuilder()
                .setPlan(plan)
                .setFirstAttemptTime(Times.proto(firstAttempt))
                .build();
        return call(TransactionServiceGrpc.getBeginTransactionMethod(), plan.getGid(), request);
    }

    CompletableFuture<RegisterBranchResponse> register(
            String gid, TccBranch branch, String join, CallDeadline callDeadline) {
        RegisterBranchRequest request = RegisterBranchRequest.newBuilder()
                .setGid(gid)
                .setTcc(branch)
                .setJoinToken(join)
                .build();
        return call(TransactionServiceGrpc.getRegisterBranchMethod(), gid, () -> request, callDeadline);
    }

    CompletableFuture<Transaction> commit(CommitTransactionRequest request) {
        return call(TransactionServiceGrpc.getCommitTransactionMethod(), request.getGid(), request);
    }

    /**
     * Aborts independently of the current context's deadline, to release reservations after the caller has gone. The
     * abort is retried as any call, with random pauses. The retries take at most the time of one attempt, because the
     * thread of the failed body waits for the abort. If the abort fails, the transaction's deadline or check-back
     * finishes the transaction. Each attempt has half of that time, so that a silent coordinator leaves time for a
     * second coordinator.
     */
    CompletableFuture<Transaction> abortDetached(String gid, Throwable why) {
        String error = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
        String reason = error.length() <= REASON_CHARS ? error : error.substring(0, REASON_CHARS);
        Duration half = settings.attempt().dividedBy(2);
        return abort(gid, reason, CallDeadline.detached(half, settings.attempt(), Duration.ZERO));
    }

    CompletableFuture<Transaction> get(String gid, View view, CallDeadline callDeadline) {
        GetTransactionRequest request =
                GetTransactionRequest.newBuilder().setGid(gid).setView(view).build();
        return read(
                TransactionServiceGrpc.getGetTransactionMethod(),
                gid,
                () -> request.toBuilder()
                        .setWait(Times.proto(callDeadline.waitLeft()))
                        .build(),
                callDeadline);
    }

    CompletableFuture<ListTransactionsResponse> list(ListTransactionsRequest request) {
        return read(TransactionServiceGrpc.getListTransactionsMethod(), "", () -> request, callDeadline(Duration.ZERO));
    }

    CompletableFuture<CountTransactionsResponse> count(CountTransactionsRequest request) {
        return read(
                TransactionServiceGrpc.getCountTransactionsMethod(), "", () -> request, callDeadline(Duration.ZERO));
    }

    /** Returns a new trace for an attempt that the caller makes. */
    AttemptTrace trace() {
        return new AttemptTrace(channel);
    }

    /** Returns a new call of a streaming method, with a deadline. */
    <Q, R> ClientCall<Q, R> stream(MethodDescriptor<Q, R> method, Duration atMost, AttemptTrace trace) {
        Metadata headers = headers(traceParent());
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(atMost.toNanos(), TimeUnit.NANOSECONDS);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers))
                .newCall(method, trace.on(options));
    }

    private static Metadata headers(Optional<TraceParent> trace) {
        Metadata headers = new Metadata();
        trace.ifPresent(current -> headers.put(TraceParent.KEY, current.header()));
        return headers;
    }

    /** Returns the retry rule of a new call. After {@link #close} the rule allows no retry. */
    CoordinatorRetryRule attempts(MethodDescriptor<?, ?> method, String gid, boolean isRead) {
        String name = String.valueOf(method.getBareMethodName());
        return new CoordinatorRetryRule(name, gid, isRead, settings.random(), () -> closed);
    }

    CallDeadline callDeadline(Duration wait) {
        return CallDeadline.of(settings.attempt(), settings.retryFor(), wait);
    }

    Settings settings() {
        return settings;
    }

    /** Polls until the transaction has finished or is parked, or the deadline of the wait has passed. */
    CompletableFuture<Outcome> outcome(Transaction seen, CallDeadline callDeadline) {
        Duration left = callDeadline.waitLeft();
        if (seen.getTerminal() || seen.hasParked() || left.isZero()) {
            return CompletableFuture.completedFuture(Outcome.of(seen, settings.json()));
        }
        Duration pause = left.compareTo(PAUSE) < 0 ? left : PAUSE;
        return CompletableFuture.runAsync(
                        () -> {},
                        CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS, Runnable::run))
                .thenCompose(paused -> get(seen.getGid(), View.BASIC, callDeadline))
                .thenCompose(now -> outcome(now, callDeadline))
                .exceptionally(thrown -> lastSeen(seen, thrown));
    }

    /** Returns the last known state: a failed poll does not change that the transaction was accepted. */
    private Outcome lastSeen(Transaction seen, Throwable thrown) {
        if (Causes.unwrap(thrown) instanceof EntenteException) {
            return Outcome.of(seen, settings.json());
        }
        throw new CompletionException(Causes.unwrap(thrown));
    }

    CompletableFuture<Transaction> abort(String gid, String reason, CallDeadline callDeadline) {
        AbortTransactionRequest request = AbortTransactionRequest.newBuilder()
                .setGid(gid)
                .setReason(reason)
                .build();
        return call(
                TransactionServiceGrpc.getAbortTransactionMethod(),
                gid,
                () -> request.toBuilder()
                        .setWait(Times.proto(callDeadline.waitLeft()))
                        .build(),
                callDeadline);
    }

    CompletableFuture<Transaction> decide(String gid, String branch, boolean isApproved, String reason) {
        DecideApprovalRequest request = DecideApprovalRequest.newBuilder()
                .setGid(gid)
                .setBranch(branch)
                .setApproved(isApproved)
                .setReason(reason)
                .build();
        return call(TransactionServiceGrpc.getDecideApprovalMethod(), gid, request);
    }

    /** Makes a call that may be repeated and has no wait. */
    <Q, R> CompletableFuture<R> call(MethodDescriptor<Q, R> method, String gid, Q request) {
        return call(method, gid, () -> request, callDeadline(Duration.ZERO));
    }

    private <Q, R> CompletableFuture<R> call(
            MethodDescriptor<Q, R> method, String gid, Supplier<Q> request, CallDeadline callDeadline) {
        return call(new UnaryTransport<>(channel, method), attempts(method, gid, false), request, callDeadline);
    }

    private <Q, R> CompletableFuture<R> read(
            MethodDescriptor<Q, R> method, String gid, Supplier<Q> request, CallDeadline callDeadline) {
        return call(new UnaryTransport<>(channel, method), attempts(method, gid, true), request, callDeadline);
    }

    private <Q, R> CompletableFuture<R> call(
            Transport<Q, R> transport, CoordinatorRetryRule attempts, Supplier<Q> request, CallDeadline callDeadline) {
        if (closed) {
            throw new IllegalStateException("this Entente is closed; " + attempts.method() + " was not sent");
        }
        Optional<TraceParent> trace = traceParent();
        return new RetryingCall<>(transport, request, attempt -> headers(trace), callDeadline, attempts).start();
    }

    private boolean isTooOld(Instant firstAttempt) {
        return firstAttempt.isBefore(now().minus(RETRY_HORIZON));
    }

    private static TransactionRefused tooOld(String gid, Instant firstAttempt) {
        return TransactionRefused.of(
                "ENT-032",
                gid,
                "transaction '" + gid + "' was first sent at " + firstAttempt + ", more than "
                        + RETRY_HORIZON.toDays()
                        + " days ago; its record may be removed already, so it is not sent again; find out its result,"
                        + " then use a new gid");
    }
}
