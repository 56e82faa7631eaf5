------------------------------ MODULE Turning ------------------------------
(***************************************************************************)
(* A saga whose steps form a graph, and its switch to undo: because a step *)
(* is refused or gets no response, or because the deadline has passed.     *)
(* Which steps are undone then, and in which order?                        *)
(*                                                                         *)
(* Some steps have nothing to undo (an approval, a message, a step with    *)
(* no_undo). The order of the undos must hold across these steps, too. The *)
(* owner may die at any moment. The new owner reads the durable state. It  *)
(* must undo every step that may have been called, and no step that cannot *)
(* have been called. The clock may pass the deadline at any moment. From   *)
(* then on every event finds the transaction switched to undo, even the    *)
(* last success.                                                           *)
(*                                                                         *)
(* The model shows: an undo never reaches a step while a later step, any   *)
(* number of edges away, is still in effect. No step that took effect is   *)
(* left out. No step is undone that was certainly never called. A success  *)
(* at the deadline or later is undone.                                     *)
(*                                                                         *)
(* Here every owner writes and calls only while it is the owner. (Entente  *)
(* shows that the fence and the lease guarantee this.) Therefore the       *)
(* memory of the current owner is sufficient. The calls of earlier owners  *)
(* may arrive at any time.                                                 *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Size,          \* the number of steps: 1 .. Size
    Edges,         \* pairs: the second step comes after the first
    Undoable,      \* the steps that have an undo
    Refusers,      \* the steps whose participant may reject; it stores the rejection
    TakeOvers,     \* the maximum number of takeovers
    Mutant         \* the broken rule, or "none"

Broken(rule) == Mutant = rule

Branch == 1 .. Size

\* The second step has no undo; the third may be refused.
ChainEdges == {<<1, 2>>, <<2, 3>>, <<3, 4>>}

\* Two paths lead to the fourth step. The second has nothing to undo; the third may be refused.
DiamondEdges == {<<1, 2>>, <<1, 3>>, <<2, 4>>, <<3, 4>>}

Before(b) == {a \in Branch : <<a, b>> \in Edges}
After(b) == {c \in Branch : <<b, c>> \in Edges}

RECURSIVE Below(_)
Below(b) == After(b) \cup UNION {Below(c) : c \in After(b)}

(* Whether a path from a root reaches the step without passing a barrier. The step itself may be a barrier. *)
RECURSIVE IsReached(_, _)
IsReached(b, barriers) == Before(b) = {} \/ \E a \in Before(b) \ barriers : IsReached(a, barriers)

VARIABLES
    row,        \* the durable state: the state of the saga and of each step; taken: whether an owner died before the decision
    mem,        \* the current owner's copy, and its calls in flight
    calls,      \* all calls that have left; each may arrive at any time, any number of times
    part,       \* of each step: new, done, refused (the verdict is stored), undone
    clock,      \* late: whether the deadline has passed; heard: whether a success arrived after that
    left        \* the remaining takeovers

vars == <<row, mem, calls, part, clock, left>>

(* PENDING, CALLED (by this owner, or possibly by an earlier owner), DONE, REJECTED (a final rejection), EXHAUSTED *)
(* (no response within the attempts), UNDONE, SKIPPED                                                              *)
Untouched == [state |-> "RUNNING", taken |-> FALSE, step |-> [b \in Branch |-> "PENDING"]]

Init ==
    /\ row = Untouched
    /\ mem = [p |-> Untouched, awaits |-> {}]
    /\ calls = {}
    /\ part = [b \in Branch |-> "new"]
    /\ clock = [late |-> FALSE, heard |-> FALSE]
    /\ left = TakeOvers

Ends == {"SUCCEEDED", "ABORTED"}
IsEnded == row.state \in Ends
p == mem.p

Needs(b) == b \in Undoable /\ p.step[b] \in {"CALLED", "DONE", "EXHAUSTED"}

---------------------------------------------------------------------------
(* Forward *)

IsRefused == \E b \in Branch : p.step[b] \in {"REJECTED", "EXHAUSTED"}
IsAllDone == \A b \in Branch : p.step[b] = "DONE"

CallForward(b) ==
    /\ p.state = "RUNNING" /\ ~IsRefused /\ ~clock.late
    /\ p.step[b] \in {"PENDING", "CALLED"} /\ b \notin mem.awaits
    /\ \A a \in Before(b) : p.step[a] = "DONE"
    /\ calls' = calls \cup {[op |-> "forward", branch |-> b]}
    /\ mem' = [p |-> [p EXCEPT !.step[b] = "CALLED"], awaits |-> mem.awaits \cup {b}]
    /\ UNCHANGED <<row, part, clock, left>>

(* The response is lost or late: the step is called again, or its attempts are exhausted. *)
TimeOut(b) ==
    /\ b \in mem.awaits
    /\ \E state \in {"CALLED", "EXHAUSTED"} :
        mem' = [p |-> [p EXCEPT !.step[b] = state], awaits |-> mem.awaits \ {b}]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* All steps are done. A success at the deadline or later finds the transaction switched to undo, even the last *)
(* success.                                                                                                     *)
Complete ==
    /\ p.state = "RUNNING" /\ IsAllDone
    /\ ~clock.late \/ Broken("late-success-completes")
    /\ mem' = [mem EXCEPT !.p.state = "SUCCEEDED"]
    /\ UNCHANGED <<row, calls, part, clock, left>>

---------------------------------------------------------------------------
(* The switch to undo *)

(* No earlier owner can have passed these steps. A participant gives equal responses to equal calls: a rejection now  *)
(* excludes a success for a dead owner. Exhausted attempts are no such rejection, and the outcome of a step without a *)
(* record is unknown.                                                                                                 *)
Barriers ==
    LET isBarrier(state) ==
            \/ state = "REJECTED" /\ ~Broken("behind-rejected-is-maybe")
            \/ state = "EXHAUSTED" /\ Broken("behind-exhausted-is-never")
            \/ state \in {"PENDING", "CALLED"} /\ Broken("behind-unrecorded-is-never")
    IN  {b \in Branch : isBarrier(p.step[b])}

(* The decision contains the list of the steps that may have been called; a later takeover does not change the list. *)
(* (Suspicion.of, NeverCalled.of)                                                                                    *)
MayHaveBeenCalled(b) == p.step[b] = "CALLED" \/ (p.taken /\ IsReached(b, Barriers))
Listed(b) ==
    CASE p.step[b] \notin {"PENDING", "CALLED"} -> p.step[b]
      [] MayHaveBeenCalled(b) -> "CALLED"
      [] OTHER -> "SKIPPED"

(* Without a call of its own in flight. *)
Turn ==
    /\ p.state = "RUNNING" /\ mem.awaits = {}
    /\ IsRefused \/ clock.late
    /\ mem' = [mem EXCEPT !.p.state = "UNDOING", !.p.step = [b \in Branch |-> Listed(b)]]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* After the decision is durable, from descendants to ancestors. (Settling.callInOrder, PlanGraph.above) *)
CallUndo(b) ==
    LET later == IF Broken("undo-one-step-away") THEN After(b) ELSE Below(b)
    IN  /\ p.state = "UNDOING" /\ row.state = "UNDOING" /\ Needs(b)
        /\ \A c \in later : ~Needs(c)
        /\ calls' = calls \cup {[op |-> "undo", branch |-> b]}
        /\ UNCHANGED <<row, mem, part, clock, left>>

Undone ==
    /\ p.state = "UNDOING" /\ \A b \in Branch : ~Needs(b)
    /\ mem' = [mem EXCEPT !.p.state = "ABORTED"]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* Progress is written later, at any time; a final state is written, too. *)
Flush ==
    /\ ~IsEnded /\ row # p
    /\ row' = p
    /\ UNCHANGED <<mem, calls, part, clock, left>>

(* The owner died. The new owner reads the durable state. *)
TakeOver ==
    /\ ~IsEnded /\ left > 0
    /\ left' = left - 1
    /\ mem' = [p |-> [row EXCEPT !.taken = TRUE], awaits |-> {}]
    /\ UNCHANGED <<row, calls, part, clock>>

Pass ==
    /\ ~clock.late
    /\ clock' = [clock EXCEPT !.late = TRUE]
    /\ UNCHANGED <<row, mem, calls, part, left>>

---------------------------------------------------------------------------
(* Participants: a repeated call gets an equal response, and an undone step refuses its forward call *)

(* The owner receives the response if it waits for it, or the response is lost. *)
Hear(b, state) ==
    \/ UNCHANGED <<mem, clock>>
    \/ /\ b \in mem.awaits
       /\ mem' = [p |-> [p EXCEPT !.step[b] = state], awaits |-> mem.awaits \ {b}]
       /\ clock' = [clock EXCEPT !.heard = @ \/ (state = "DONE" /\ clock.late)]

ArriveForward(b) ==
    CASE part[b] = "done"    -> UNCHANGED part /\ Hear(b, "DONE")
      [] part[b] = "refused" -> UNCHANGED part /\ Hear(b, "REJECTED")
      [] part[b] = "undone"  -> UNCHANGED <<part, mem, clock>>
      [] part[b] = "new" ->
           \/ part' = [part EXCEPT ![b] = "done"] /\ Hear(b, "DONE")
           \/ b \in Refusers /\ part' = [part EXCEPT ![b] = "refused"] /\ Hear(b, "REJECTED")

ArriveUndo(b) ==
    /\ part' = [part EXCEPT ![b] = "undone"]
    /\ \/ UNCHANGED mem
       \/ p.state = "UNDOING" /\ Needs(b) /\ mem' = [mem EXCEPT !.p.step[b] = "UNDONE"]
    /\ UNCHANGED clock

Arrive(c) ==
    /\ IF c.op = "forward" THEN ArriveForward(c.branch) ELSE ArriveUndo(c.branch)
    /\ UNCHANGED <<row, calls, left>>

Next ==
    \/ Complete \/ Turn \/ Undone \/ Flush \/ TakeOver \/ Pass
    \/ \E b \in Branch : CallForward(b) \/ TimeOut(b) \/ CallUndo(b)
    \/ \E c \in calls : Arrive(c)

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
L2 == \A c \in calls : c.op = "undo" => row.state \in {"UNDOING", "ABORTED"}

(* When a step is undone, no later step is in effect. *)
UndoOrder == \A b \in Undoable : part[b] = "undone" => \A c \in Below(b) \cap Undoable : part[c] # "done"

(* No undo of a step that cannot have been called: no step behind a recorded final rejection was ever called. *)
OnlyWhoMay == \A c \in calls : c.op = "undo" => IsReached(c.branch, {b \in Branch : row.step[b] = "REJECTED"})

(* A saga with a success after the deadline never succeeds. *)
DeadlineKept == row.state = "SUCCEEDED" => ~clock.heard

AllOrNothing ==
    /\ row.state = "SUCCEEDED" => \A b \in Branch : part[b] = "done"
    /\ row.state = "ABORTED" => \A b \in Undoable : part[b] # "done"

L5Forever == [][IsEnded => row' = row]_row
============================================================================
