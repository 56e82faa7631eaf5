package dev.entente.demo;

import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.MailServiceGrpc;
import shop.v1.SendMailRequest;
import shop.v1.SendMailResponse;

/** Mail: table {@code mail}. */
final class MailService extends MailServiceGrpc.MailServiceImplBase {
    private final Work work;

    MailService(Work work) {
        this.work = work;
    }

    @Override
    public void send(SendMailRequest request, StreamObserver<SendMailResponse> answer) {
        work.answer(
                "MailService/Send", request.getFault(), SendMailResponse.getDefaultInstance(), answer, connection -> {
                    Check.that(!request.getRecipient().isEmpty(), "recipient is empty");
                    write(connection, request.getRecipient(), request.getSubject());
                    return SendMailResponse.getDefaultInstance();
                });
    }

    static void write(Connection connection, String recipient, String subject) throws SQLException {
        RowKey key = RowKey.fresh("mail-");
        Sql.update(
                connection,
                "insert into mail (id, gid, branch, recipient, subject) values (?, ?, ?, ?, ?)",
                key.id(),
                key.gid(),
                key.branch(),
                recipient,
                subject);
    }
}
