package dev.entente.server.app;

import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TopicServiceGrpc.TopicServiceBlockingStub;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.Iterator;
import java.util.List;

/** Short methods for the calls of one client of a coordinator. */
public class Client {
    public final Channel channel;

    public Client(Channel channel) {
        this.channel = channel;
    }

    /** Returns a client on the same connection with a bearer token. */
    public Client as(String secret) {
        return with("authorization", "Bearer " + secret);
    }

    /** Returns a client on the same connection with one more header. */
    public Client with(String header, String value) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
        return new Client(ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
    }

    public TransactionServiceBlockingStub transactions() {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    public OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel);
    }

    public TopicServiceBlockingStub topics() {
        return TopicServiceGrpc.newBlockingStub(channel);
    }

    public Transaction submit(Plan plan) {
        return transactions().submitTransaction(SamplePlans.request(plan)).getTransaction();
    }

    /** Submits the plan and waits for the final state. */
    public Transaction run(Plan plan) {
        return transactions().submitTransaction(SamplePlans.waiting(plan)).getTransaction();
    }

    public Transaction begin(Plan plan) {
        return transactions()
                .beginTransaction(
                        BeginTransactionRequest.newBuilder().setPlan(plan).build());
    }

    public RegisterBranchResponse register(String gid, TccBranch branch) {
        return transactions()
                .registerBranch(RegisterBranchRequest.newBuilder()
                        .setGid(gid)
                        .setTcc(branch)
                        .build());
    }

    public Transaction commit(String gid, String... branches) {
        return transactions()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid(gid)
                        .addAllBranches(List.of(branches))
                        .build());
    }

    public Transaction abort(String gid) {
        return transactions().abortTransaction(abortOf(gid));
    }

    public static AbortTransactionRequest abortOf(String gid) {
        return AbortTransactionRequest.newBuilder().setGid(gid).build();
    }

    /** Approves an approval step. */
    public Transaction approve(String gid, String step) {
        return transactions()
                .decideApproval(DecideApprovalRequest.newBuilder()
                        .setGid(gid)
                        .setBranch(step)
                        .setApproved(true)
                        .build());
    }

    public Transaction get(String gid) {
        return transactions().getTransaction(getOf(gid));
    }

    public static GetTransactionRequest getOf(String gid) {
        return GetTransactionRequest.newBuilder().setGid(gid).build();
    }

    /** Returns the full view. */
    public Transaction described(String gid) {
        return transactions()
                .getTransaction(getOf(gid).toBuilder().setView(View.FULL).build());
    }

    public Iterator<Transaction> watch(String gid) {
        return transactions()
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid(gid).build());
    }

    public Transaction park(String gid) {
        return operator().parkTransaction(actOn(gid));
    }

    public Transaction resume(String gid) {
        return operator().resumeTransaction(actOn(gid));
    }

    public Transaction retry(String gid) {
        return operator().retryTransaction(actOn(gid));
    }

    public Transaction skip(String gid) {
        return operator().skipDelivery(actOn(gid));
    }

    /** Returns the request for an operator action, with a reason. */
    public static OperateRequest actOn(String gid) {
        return OperateRequest.newBuilder()
                .setGid(gid)
                .setReason("to see it in the audit")
                .build();
    }

    /** Returns the newest audit entries about that transaction, or about all transactions if the gid is empty. */
    public List<AuditEntry> audit(String gid) {
        return operator()
                .listAuditEntries(
                        ListAuditEntriesRequest.newBuilder().setGid(gid).build())
                .getEntriesList();
    }

    public ReplayTransactionResponse replay(String gid) {
        return operator().replayTransaction(getOf(gid));
    }
}
