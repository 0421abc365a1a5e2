"""What a transaction wants to do once it is committed (mails, wake-ups), cut back where a part of it is taken back."""


def noted(cr):
    """What is noted now, for :func:`cut_back`."""
    return list(cr.postcommit._funcs), {
        key: value.copy() if hasattr(value, "copy") else value for key, value in cr.postcommit.data.items()
    }


def cut_back(cr, noted_before):
    """What was noted since must not be done: the savepoint that wanted it was rolled back."""
    functions, data = noted_before
    cr.postcommit._funcs.clear()
    cr.postcommit._funcs.extend(functions)
    cr.postcommit.data.clear()
    cr.postcommit.data.update(data)
