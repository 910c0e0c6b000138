"""py-evm as it comes: Cancun with BN254 in pure Python."""

from eth.vm.forks.cancun import CancunVM

from sim.chain.py_evm import PyEvmChain


class StockPyEvmChain(PyEvmChain):
    """Our chain around py-evm's own virtual machine."""

    vm_class = CancunVM
