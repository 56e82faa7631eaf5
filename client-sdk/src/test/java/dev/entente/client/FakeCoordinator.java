package dev.entente.client;

import com.google.protobuf.Any;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Pattern;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.Times;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory coordinator, idempotent by gid. A decided transaction does not change its decision. The coordinator
 * calls no participant; the test sets the progress of transactions. A fault occurs before or after an operation. A
 * fault afterwards loses the answer of an operation that was done.
 */
public final class FakeCoordinator extends TransactionServiceGrpc.TransactionServiceImplBase {
    /** The calls in order of arrival: {@code begin}, {@code register debit}, {@code commit}. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    public final List<SubmitTransactionRequest> submits = new CopyOnWriteArrayList<>();
    final List<CommitTransactionRequest> commits = new CopyOnWriteArrayList<>();
    final List<RegisterBranchRequest> registers = new CopyOnWriteArrayList<>();
    /** Warnings in the response to every submit. */
    final List<String> warnings = new CopyOnWriteArrayList<>();

    final FakeStreams streams = new FakeStreams(this::submitTransaction);

    private final Map<String, Transaction> transactions = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new HashMap<>();
    private final Map<String, Map<String, TccBranch>> branches = new HashMap<>();
    private final Map<String, Deque<Fault>> faults = new HashMap<>();
    private final List<String> ignored = new CopyOnWriteArrayList<>();
    private UnaryOperator<Transaction> progress = UnaryOperator.identity();

    /**
     * A fault of one call.
     *
     * @param afterwards whether the fault occurs after the operation was done
     */
    private record Fault(StatusRuntimeException failure, boolean afterwards) {}

    /** Makes the next call of this name fail before it changes anything. */
    public synchronized void fail(String call, StatusRuntimeException failure) {
        faults.computeIfAbsent(call, name -> new ArrayDeque<>()).add(new Fault(failure, false));
    }

    /** Leaves all calls of this name unanswered. */
    public void ignore(String call) {
        ignored.add(call);
    }

    /** Loses the answer of the next call of this name after its operation was done. */
    public synchronized void loseAnswer(String call) {
        faults.computeIfAbsent(call, name -> new ArrayDeque<>())
                .add(new Fault(Status.UNAVAILABLE.asRuntimeException(), true));
    }

    /** Sets the change of a transaction that each read applies. */
    synchronized void progress(UnaryOperator<Transaction> next) {
        progress = next;
    }

    public synchronized void put(Transaction transaction) {
        transactions.put(transaction.getGid(), transaction);
    }

    synchronized Transaction transaction(String gid) {
        return transactions.getOrDefault(gid, Transaction.getDefaultInstance());
    }

    /** Registers a branch, as another client does. */
    synchronized void registerBranch(String gid, String name) {
        branches.computeIfAbsent(gid, key -> new LinkedHashMap<>())
                .put(name, TccBranch.newBuilder().setId(name).build());
    }

    public static StatusRuntimeException error(Status.Code code, String reason, String message) {
        return error(code, reason, message, null, List.of());
    }

    static StatusRuntimeException error(
            Status.Code code,
            String reason,
            String message,
            @Nullable Duration retryAfter,
            Collection<String> violations) {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(reason + ": " + message);
        status.addDetails(Any.pack(ErrorInfo.newBuilder()
                .setDomain(ErrorDetails.DOMAIN)
                .setReason(reason)
                .build()));
        if (retryAfter != null) {
            status.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(Times.proto(retryAfter))
                    .build()));
        }
        BadRequest.Builder bad = BadRequest.newBuilder();
        violations.forEach(field -> bad.addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField(field).setDescription("is wrong")));
        status.addDetails(Any.pack(bad.build()));
        return StatusProto.toStatusRuntimeException(status.build());
    }

    @Override
    public void submitTransaction(SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> answer) {
        submits.add(request);
        answer("submit", "submit", answer, () -> {
            boolean known = transactions.containsKey(request.getPlan().getGid());
            Transaction accepted = request.getValidateOnly()
                    ? Transaction.getDefaultInstance()
                    : accept(request.getPlan(), Transaction.State.RUNNING);
            return SubmitTransactionResponse.newBuilder()
                    .setTransaction(accepted)
                    .setAlreadyKnown(known)
                    .addAllWarnings(warnings)
                    .build();
        });
    }

    @Override
    public StreamObserver<SubmitTransactionsRequest> submitTransactions(
            StreamObserver<SubmitTransactionsResponse> answer) {
        return streams.isKnown() ? streams.open(answer) : super.submitTransactions(answer);
    }

    @Override
    public void beginTransaction(BeginTransactionRequest request, StreamObserver<Transaction> answer) {
        answer("begin", "begin", answer, () -> accept(request.getPlan(), Transaction.State.BEGUN));
    }

    @Override
    public void registerBranch(RegisterBranchRequest request, StreamObserver<RegisterBranchResponse> answer) {
        TccBranch branch = request.getTcc();
        String path = branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
        registers.add(request);
        answer("register", "register " + path, answer, () -> {
            refuseUnless(known(request.getGid()).getState() == Transaction.State.BEGUN, "ENT-040", "decided");
            TccBranch first = branches.computeIfAbsent(request.getGid(), gid -> new LinkedHashMap<>())
                    .putIfAbsent(path, branch);
            if (first != null && !first.equals(branch)) {
                throw error(
                        Status.Code.ALREADY_EXISTS,
                        "ENT-031",
                        "branch '" + path + "' is already registered with other content");
            }
            return RegisterBranchResponse.newBuilder()
                    .setBranch(path)
                    .setFence(3)
                    .setFenceBase(1)
                    .setJoinToken("token of " + path)
                    .build();
        });
    }

    @Override
    public void commitTransaction(CommitTransactionRequest request, StreamObserver<Transaction> answer) {
        commits.add(request);
        answer("commit", "commit", answer, () -> {
            Transaction now = known(request.getGid());
            if (now.getState() == Transaction.State.COMPLETING || now.getState() == Transaction.State.SUCCEEDED) {
                return now;
            }
            refuseUnless(now.getState() == Transaction.State.BEGUN, "ENT-040", "decided: " + now.getState());
            for (String path : branches.getOrDefault(request.getGid(), Map.of()).keySet()) {
                refuseUnless(
                        path.contains("/") || request.getBranchesList().contains(path),
                        "ENT-045",
                        "branch '" + path + "' was not tried");
            }
            return moved(now, Transaction.State.COMPLETING);
        });
    }

    @Override
    public void abortTransaction(AbortTransactionRequest request, StreamObserver<Transaction> answer) {
        answer("abort", "abort: " + request.getReason(), answer, () -> {
            Transaction now = known(request.getGid());
            refuseUnless(
                    now.getState() != Transaction.State.COMPLETING && now.getState() != Transaction.State.SUCCEEDED,
                    "ENT-041",
                    "too late");
            return now.getTerminal() ? now : moved(now, Transaction.State.UNDOING);
        });
    }

    @Override
    public void decideApproval(DecideApprovalRequest request, StreamObserver<Transaction> answer) {
        String decision = (request.getApproved() ? "approve " : "reject ") + request.getBranch();
        answer("decide", decision + ": " + request.getReason(), answer, () -> known(request.getGid()));
    }

    @Override
    public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> answer) {
        answer("get", "get", answer, () -> known(request.getGid()));
    }

    @Override
    public void listTransactions(ListTransactionsRequest request, StreamObserver<ListTransactionsResponse> answer) {
        answer("list", "list " + request.getPageToken(), answer, () -> {
            List<Transaction> newestFirst = new ArrayList<>(transactions.values());
            Collections.reverse(newestFirst);
            int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
            int to = Math.min(from + 2, newestFirst.size());
            String next = to == newestFirst.size() ? "" : Integer.toString(to);
            return ListTransactionsResponse.newBuilder()
                    .addAllTransactions(newestFirst.subList(from, to))
                    .setNextPageToken(next)
                    .build();
        });
    }

    @Override
    public void countTransactions(CountTransactionsRequest request, StreamObserver<CountTransactionsResponse> answer) {
        answer(
                "count",
                "count",
                answer,
                () -> CountTransactionsResponse.newBuilder()
                        .setOpen(transactions.size())
                        .build());
    }

    /** Sends one revision twice, then breaks the stream unless the transaction is in a final state. */
    @Override
    public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> answer) {
        Transaction now;
        synchronized (this) {
            calls.add("watch after " + request.getAfterRevision());
            Fault fault = faults.getOrDefault("watch", new ArrayDeque<>()).poll();
            if (fault != null) {
                answer.onError(fault.failure());
                return;
            }
            now = transaction(request.getGid());
            if (now.getGid().isEmpty()) {
                answer.onError(error(Status.Code.NOT_FOUND, "ENT-030", "no transaction '" + request.getGid() + "'"));
                return;
            }
            Transaction next = progress.apply(now);
            transactions.put(
                    now.getGid(),
                    next.toBuilder().setRevision(now.getRevision() + 1).build());
        }
        answer.onNext(now);
        answer.onNext(now);
        if (now.getTerminal()) {
            answer.onCompleted();
        } else {
            answer.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    private <R> void answer(String name, String call, StreamObserver<R> answer, Supplier<R> operation) {
        if (ignored.contains(name)) {
            calls.add(call);
            return;
        }
        R response;
        try {
            response = execute(name, call, operation);
        } catch (StatusRuntimeException failure) {
            answer.onError(failure);
            return;
        }
        answer.onNext(response);
        answer.onCompleted();
    }

    private synchronized <R> R execute(String name, String call, Supplier<R> operation) {
        calls.add(call);
        Fault fault = faults.getOrDefault(name, new ArrayDeque<>()).poll();
        if (fault != null && !fault.afterwards()) {
            throw fault.failure();
        }
        R response = operation.get();
        if (fault != null) {
            throw fault.failure();
        }
        return response;
    }

    private Transaction accept(Plan plan, Transaction.State state) {
        Plan first = plans.putIfAbsent(plan.getGid(), plan);
        if (first != null && !first.equals(plan)) {
            throw error(
                    Status.Code.ALREADY_EXISTS, "ENT-031", "'" + plan.getGid() + "' already exists with other content");
        }
        if (!transactions.containsKey(plan.getGid())) {
            transactions.put(
                    plan.getGid(),
                    Transaction.newBuilder()
                            .setGid(plan.getGid())
                            .setName(plan.getName())
                            .setState(state)
                            .setPattern(plan.hasTcc() ? Pattern.TCC : Pattern.SAGA)
                            .setRevision(1)
                            .setCreateTime(Timestamp.newBuilder().setSeconds(1_795_168_800))
                            .setDeadlineTime(Timestamp.newBuilder().setSeconds(1_795_168_860))
                            .build());
        }
        return known(plan.getGid());
    }

    private Transaction known(String gid) {
        Transaction now = transactions.get(gid);
        if (now == null) {
            throw error(Status.Code.NOT_FOUND, "ENT-030", "no transaction '" + gid + "'");
        }
        Transaction next = progress.apply(now);
        transactions.put(gid, next);
        return next;
    }

    private Transaction moved(Transaction transaction, Transaction.State state) {
        Transaction moved = transaction.toBuilder()
                .setState(state)
                .setRevision(transaction.getRevision() + 1)
                .build();
        transactions.put(moved.getGid(), moved);
        return moved;
    }

    private static void refuseUnless(boolean condition, String reason, String message) {
        if (!condition) {
            throw error(Status.Code.FAILED_PRECONDITION, reason, message);
        }
    }
}
