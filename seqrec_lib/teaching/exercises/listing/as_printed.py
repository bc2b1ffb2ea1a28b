"""A familiar listing: about fifty lines that look right. It does not run, and were it to run, it would
learn nothing. It is kept as text, because it is there to be read.
"""

LISTING = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class NextVideo(nn.Module):
    def __init__(self, width, hidden, videos):
        super().__init__()
        self.hidden = hidden
        self.encoder = nn.LSTM(width, hidden, batch_first=True)
        self.attend = nn.Linear(hidden, hidden)
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, videos))

    def forward(self, clips):
        start = torch.zeros(1, len(clips), self.hidden)
        states, _ = self.encoder(clips, (start, start))
        weights = F.softmax(self.attend(states), dim=1)
        pooled = torch.bmm(weights.unsqueeze(1), states).squeeze(1)
        return F.softmax(self.head(pooled), dim=1)


def run_epoch(model, optimizer, rows):
    loss = 0
    for clips, answer, size in rows:
        optimizer.zero_grad()
        loss = F.nll_loss(model(clips), answer)
        loss.backward()
        optimizer.step()
        loss = loss + loss.item() * size.sum()
    return loss / sum(sizes)


def accuracy(model, rows):
    right = total = 0
    for clips, answer, size in rows:
        right += (model(clips).argmax(1) == answer).sum().item()
        total += len(answer)
    return right / total


clips = torch.from_numpy(np.random.randint(0, 200, (500, 12, 8)))
answers = torch.from_numpy(np.random.randint(0, 200, 500))
sizes = torch.from_numpy(np.random.randint(1, 13, 500))
rows = DataLoader(TensorDataset(clips[:400], answers[:400], sizes[:400]), batch_size=50)
held = DataLoader(TensorDataset(clips[400:], answers[400:], sizes[400:]), batch_size=50)
model = NextVideo(8, 32, 200)
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(5):
    print(epoch, run_epoch(model, optimizer, rows), accuracy(model, held))
"""
